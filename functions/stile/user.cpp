#include "functions/stile/near.h"
#include "functions/stile/user_claims.h"

#include "shared/base/text.h"
#include "shared/crypto/password.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <memory>

namespace stile::admin {

namespace {

struct UserOptions {
    std::string name;
    std::optional<std::string> subject;
    std::string password;
    ClaimOptions claims;
};

// From --password (or the line of standard input that its "-" stands for); or asked for without echo, or one line of
// standard input when that is no terminal.
Result<Secret> read_password(const UserOptions& options)
{
    std::string password = secret_option(options.password);
    if (options.password.empty()) {
        const bool terminal = ::isatty(STDIN_FILENO) == 1;
        termios before{};
        if (terminal) {
            std::cerr << "Password: ";
            ::tcgetattr(STDIN_FILENO, &before);
            termios silent = before;
            silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        }
        std::getline(std::cin, password);
        if (terminal) {
            ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
            std::cerr << '\n';
        }
    }
    if (password.empty() || password.size() > 1024)
        return fail(ErrorCode::invalid_request,
                    "a password has 1 to 1024 bytes; give it by --password or on standard input");
    return Secret(std::move(password));
}

Result<std::string> canonical(const std::string& name)
{
    auto user_name = canonical_user_name(name);
    if (!user_name)
        return fail(ErrorCode::invalid_request, "a user name is 1 to 128 of a-z 0-9 . _ @ + -");
    return *user_name;
}

std::unexpected<OAuthError> bad_subject()
{
    return fail(ErrorCode::invalid_request, "--subject must be 1 to 255 visible ASCII characters without ':'");
}

Result<void> check_size(const Profile& claims)
{
    if (is_too_large(claims))
        return fail(ErrorCode::invalid_request, "the claims of a user are limited to 8192 bytes in total");
    return {};
}

Result<int> add(const UserOptions& options, Workplace& workplace)
{
    const auto name = TRY(canonical(options.name));
    const auto subject = options.subject.value_or(name);
    if (!is_subject(subject))
        return bad_subject();
    const auto claims = TRY(claims_from(options.claims));
    TRY(check_size(claims));
    const auto password = TRY(read_password(options));
    const User user = {name, subject, hash_password(password, workplace.random)};
    if (!TRY(workplace.users.add(user, workplace.clock.now())))
        return complain(exists, "user " + name + " already exists; stile user set-password and user update change it");
    TRY(workplace.profiles.put(subject, claims)); // in place of what may have been left there
    workplace.record({.name = EventName::user_added, .user = user});
    workplace.print.report("added", {{"user", name}, {"sub", subject}});
    return done;
}

std::string in_words(const Ended& ended)
{
    return std::to_string(ended.sessions) + " sessions ended, " + std::to_string(ended.grants) + " grants revoked";
}

int report(const std::string& verb, const std::string& name, const Ended& ended, Workplace& workplace)
{
    workplace.print.report(verb + "; " + in_words(ended), {{"user", name},
                                                           {verb, true},
                                                           {"sessions_ended", std::int64_t{ended.sessions}},
                                                           {"grants_revoked", std::int64_t{ended.grants}}});
    return done;
}

int report_update(const std::string& name, const std::vector<std::string>& changed, const Ended& ended,
                  Workplace& workplace)
{
    const auto sentence = changed.empty() ? "nothing to change" : "changed: " + join(changed, " ");
    const bool is_another = !changed.empty() && changed.front() == "sub";
    workplace.print.report(is_another ? sentence + "; " + in_words(ended) : sentence,
                           {{"user", name},
                            {"changed", changed},
                            {"sessions_ended", std::int64_t{ended.sessions}},
                            {"grants_revoked", std::int64_t{ended.grants}}});
    return done;
}

Result<int> change_password(const UserOptions& options, Workplace& workplace)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(workplace.users.find(name));
    if (!user)
        return no_user(name, workplace);
    const auto password = TRY(read_password(options));
    TRY(workplace.users.set_password_hash(name, hash_password(password, workplace.random)));
    workplace.record({.name = EventName::user_password_changed, .user = *user});
    return report("changed", name, TRY(end_everything(*user, "password_changed", workplace)), workplace);
}

Result<int> list(Workplace& workplace)
{
    const auto names = TRY(workplace.users.list());
    std::vector<Row> rows;
    rows.reserve(names.size());
    for (const auto& name : names)
        rows.push_back(row_of({{"user", name}}));
    workplace.print.list(rows);
    return done;
}

Result<int> show(const UserOptions& options, Workplace& workplace)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(workplace.users.find(name));
    if (!user)
        return no_user(name, workplace);
    const auto claims = TRY(workplace.profiles.find(user->subject));
    workplace.print.thing({{"user", user->name}, {"sub", user->subject}, {"claims", Json{to_json(claims)}, ""}});
    for (const auto& line : in_lines(claims))
        workplace.print.aside("claim: " + line);
    return done;
}

// Those of them that are not so already.
Result<Profile> changes_of(const User& user, Profile wanted, Workplace& workplace)
{
    auto claims = TRY(workplace.profiles.find(user.subject));
    std::erase_if(wanted, [&](const auto& claim) { return claims[claim.first] == claim.second; });
    for (const auto& [claim, text] : wanted)
        text.empty() ? void(claims.erase(claim)) : void(claims[claim] = text);
    TRY(check_size(claims));
    return wanted;
}

Result<int> update(const UserOptions& options, Workplace& workplace)
{
    const auto name = TRY(canonical(options.name));
    auto wanted = TRY(claims_from(options.claims));
    if (!options.subject && wanted.empty())
        return complain(misused, "missing argument: --subject, --email, --name, --claim or --unset-claim");
    const auto user = TRY(workplace.users.find(name));
    if (!user)
        return no_user(name, workplace);
    const auto subject = options.subject.value_or(user->subject);
    if (!is_subject(subject))
        return bad_subject();

    const auto claims = TRY(changes_of(*user, std::move(wanted), workplace));
    TRY(workplace.profiles.change(user->subject, claims));
    std::vector<std::string> changed;
    for (const auto& [claim, text] : claims)
        changed.push_back(claim);
    Ended ended;
    if (subject != user->subject) {
        const auto known = TRY(workplace.profiles.find(user->subject)); // it goes along
        TRY(workplace.profiles.put(subject, known));
        if (!TRY(workplace.users.set_subject(name, subject)))
            return no_user(name, workplace);
        TRY(workplace.profiles.remove(user->subject));
        changed.insert(changed.begin(), "sub");
    }
    if (!changed.empty())
        workplace.record({.name = EventName::user_updated, .user = Person(name, subject)});
    // A new sub makes another person of the user, as far as clients can tell: nothing that was given to the old one stays.
    if (subject != user->subject) {
        ended = TRY(end_everything(*user, "subject_changed", workplace));
        TRY(workplace.consents.forget_subject(user->subject));
    }
    return report_update(name, changed, ended, workplace);
}

// What is known of the user goes, then the user, so that nobody logs in meanwhile; then what they had. When that fails
// half-way the command can be given again: it cleans up after a user who is gone already.
Result<int> remove(const UserOptions& options, Workplace& workplace)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(workplace.users.find(name));
    const auto person = user ? Person(*user) : Person(name, name);
    TRY(workplace.profiles.remove(person.subject));
    if (TRY(workplace.users.remove(name)))
        workplace.record({.name = EventName::user_removed, .user = person});
    const auto ended = TRY(end_everything(person, "user_removed", workplace));
    TRY(workplace.consents.forget_subject(person.subject));
    if (!user && ended.sessions == 0 && ended.grants == 0)
        return no_user(name, workplace);
    return report("removed", name, ended, workplace);
}

// Everybody may try again at once, in any browser.
Result<int> unlock(const UserOptions& options, Workplace& workplace)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(workplace.users.find(name));
    if (!user)
        return no_user(name, workplace);
    return lift_throttles(
        [&](std::string_view throttle) {
            return throttle == "login:user:" + name || throttle.starts_with("login:browser:" + name + ":");
        },
        {.user = *user}, workplace);
}

using Action = Result<int> (*)(const UserOptions&, Workplace&);

Command* add_verb(Command& user, const char* verb, const char* sentence, UserOptions& options)
{
    auto* command = user.add_subcommand(verb, sentence);
    // In capitals: CLI11 takes "name" and "--name" for the same from version 2.4 on.
    command->add_option("NAME", options.name, "User name (case-insensitive)")->required();
    return command;
}

} // namespace

// Whoever knew the old password loses what it gave: sessions and grants end (RFC 9700 §4.14.2).
Result<Ended> end_everything(const Person& user, Word reason, Workplace& workplace)
{
    const auto sessions = TRY(workplace.sessions.list_of(user.name));
    auto ended = TRY(end_logins(sessions, user, reason, workplace));
    ended.grants +=
        TRY(workplace.grants.revoke_all_with("sub", user.subject, workplace.tell_revoked({}, user, reason)));
    TRY(workplace.known_browsers.forget_all_of(user.name));
    return ended;
}

void add_user_commands(Command& app, CommandLine& line)
{
    auto* user = app.add_subcommand("user", "Users: accounts that can log in");
    user->require_subcommand(1);
    const auto options = std::make_shared<UserOptions>();
    const auto runs = [&line, options](Action action) {
        return
            [&line, options, action] { line.run([&](Workplace& workplace) { return action(*options, workplace); }); };
    };

    auto* adding = add_verb(*user, "add", "Adds a user", *options);
    adding->add_option("--subject", options->subject, "The sub that clients see (default: the name)");
    describe(*adding, options->claims);
    adding->add_option("--password", options->password,
                       "Password; - reads it from standard input (default: prompt for it)");
    adding->callback(runs(add));

    auto* changing =
        add_verb(*user, "set-password", "Changes a password; ends the user's sessions and grants", *options);
    changing->add_option("--password", options->password,
                         "Password; - reads it from standard input (default: prompt for it)");
    changing->callback(runs(change_password));

    auto* updating = add_verb(*user, "update",
                              "Changes claims about a user; a new sub ends the user's sessions and grants", *options);
    updating->add_option("--subject", options->subject, "The new sub");
    describe(*updating, options->claims);
    describe_unset(*updating, options->claims);
    updating->callback(runs(update));

    add_verb(*user, "show", "Shows a user", *options)->callback(runs(show));
    add_verb(*user, "unlock", "Removes the block after failed logins", *options)->callback(runs(unlock));
    add_verb(*user, "remove", "Removes a user; ends the user's sessions and grants", *options)->callback(runs(remove));
    add_end_sessions_command(*user, line);
    user->add_subcommand("list", "Lists the names of all users")->callback([&line] { line.run(list); });
}

} // namespace stile::admin
