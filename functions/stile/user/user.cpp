#include "functions/stile/suggest.h"
#include "functions/stile/throttle.h"
#include "functions/stile/user/claims.h"
#include "functions/stile/user/end_sessions.h"
#include "functions/stile/user/password.h"

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

// From --password ("-": a line of standard input). Without the option: a prompt without echo, or a line of standard
// input if that is not a terminal.
Result<Secret> read_password(const UserOptions& options, const std::string& name, const Config& config)
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
    if (const auto why = TRY(why_not_password(password, name, config)))
        return fail(ErrorCode::invalid_request, "the password " + *why);
    return Secret(std::move(password));
}

Result<std::string> canonical(const std::string& name)
{
    auto user_name = canonical_user_name(name);
    if (!user_name)
        return fail(ErrorCode::invalid_request, "a user name is 1 to 128 of a-z 0-9 . _ @ + -");
    return *user_name;
}

constexpr std::size_t subject_length = 22; // 131 bits: no two users get the same, and it does not name anybody

std::unexpected<OAuthError> bad_subject()
{
    return fail(ErrorCode::invalid_request, "--subject must be 1 to 255 visible ASCII characters without ':'");
}

// Why the sub cannot be given to a user (OpenID Connect Core §2).
int refuse_subject(Registration why, const std::string& subject)
{
    return print_error(exists, why == Registration::sub_is_client
                                   ? "the sub " + subject + " is the id of a client; choose another"
                                   : "the sub " + subject
                                         + " is or was a user's, and is never given again; choose another, or leave "
                                           "--subject out");
}

Result<void> check_size(const Profile& claims)
{
    if (is_too_large(claims))
        return fail(ErrorCode::invalid_request, "the claims of a user are limited to 8192 bytes in total");
    return {};
}

Result<int> add(const UserOptions& options, AdminContext& context)
{
    const auto name = TRY(canonical(options.name));
    const auto subject = options.subject ? *options.subject : context.random.base62(subject_length);
    if (!is_subject(subject))
        return bad_subject();
    const auto claims = TRY(claims_from(options.claims));
    TRY(check_size(claims));
    const auto password = TRY(read_password(options, name, context.config));
    const User user = {name, subject, hash_password(password, context.random)};
    const auto registration = TRY(context.users.add(user, context.clock.now()));
    if (registration == Registration::exists)
        return print_error(exists,
                           "user " + name + " already exists; stile user set-password and user update change it");
    if (registration != Registration::done)
        return refuse_subject(registration, subject);
    TRY(context.profiles.put(subject, claims)); // replaces the claims of a former user of this sub
    context.record({.name = EventName::user_added, .user = user});
    context.print.report("added", {{"user", name}, {"sub", subject}});
    return done;
}

int report(const std::string& verb, const std::string& name, const Ended& ended, AdminContext& context)
{
    context.print.report(verb + "; " + in_words(ended), {{"user", name},
                                                         {verb, true},
                                                         {"sessions_ended", std::int64_t{ended.sessions}},
                                                         {"grants_revoked", std::int64_t{ended.grants}}});
    return done;
}

int report_update(const std::string& name, const std::vector<std::string>& changed, const Ended& ended,
                  AdminContext& context)
{
    const auto sentence = changed.empty() ? "nothing to change" : "changed: " + join(changed, " ");
    const bool is_another = !changed.empty() && changed.front() == "sub";
    context.print.report(is_another ? sentence + "; " + in_words(ended) : sentence,
                         {{"user", name},
                          {"changed", changed},
                          {"sessions_ended", std::int64_t{ended.sessions}},
                          {"grants_revoked", std::int64_t{ended.grants}}});
    return done;
}

Result<int> change_password(const UserOptions& options, AdminContext& context)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(context.users.find(name));
    if (!user)
        return no_user(name, context);
    const auto password = TRY(read_password(options, name, context.config));
    TRY(context.users.set_password_hash(name, hash_password(password, context.random)));
    context.record({.name = EventName::user_password_changed, .user = *user});
    const auto person = TRY(owner_of(*user, context));
    return report("changed", name, TRY(end_everything(person, "password_changed", context)), context);
}

Result<int> list(AdminContext& context)
{
    const auto names = TRY(context.users.list());
    std::vector<Row> rows;
    rows.reserve(names.size());
    for (const auto& name : names)
        rows.push_back(row_of({{"user", name}}));
    context.print.list(rows);
    return done;
}

Result<int> show(const UserOptions& options, AdminContext& context)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(context.users.find(name));
    if (!user)
        return no_user(name, context);
    const auto claims = TRY(context.profiles.find(user->subject));
    context.print.thing({{"user", user->name}, {"sub", user->subject}, {"claims", Json{to_json(claims)}, ""}});
    for (const auto& line : in_lines(claims))
        context.print.aside("claim: " + line);
    return done;
}

// The claims that differ from what is stored.
Result<Profile> changes_of(const std::string& subject, Profile wanted, AdminContext& context)
{
    auto claims = TRY(context.profiles.find(subject));
    std::erase_if(wanted, [&](const auto& claim) { return claims[claim.first] == claim.second; });
    for (const auto& [claim, text] : wanted)
        text.empty() ? void(claims.erase(claim)) : void(claims[claim] = text);
    TRY(check_size(claims));
    return wanted;
}

Result<int> update(const UserOptions& options, AdminContext& context)
{
    const auto name = TRY(canonical(options.name));
    auto wanted = TRY(claims_from(options.claims));
    if (!options.subject && wanted.empty())
        return print_error(misused, "missing argument: --subject, --email, --name, --claim or --unset-claim");
    const auto user = TRY(context.users.find(name));
    if (!user)
        return no_user(name, context);
    const auto subject = options.subject.value_or(user->subject);
    if (!is_subject(subject))
        return bad_subject();

    const auto former = TRY(owner_of(*user, context));
    if (subject == user->subject && former.subject.empty())
        return print_error(failed, "the sub " + subject + " of user " + name
                                       + " belongs to another user, and so do its claims; give " + name
                                       + " another one with --subject");
    const auto claims = TRY(changes_of(former.subject, std::move(wanted), context));
    std::vector<std::string> changed;
    if (subject != user->subject) { // the claims move along
        const auto registration = TRY(context.users.set_subject(*user, subject, context.clock.now()));
        if (registration == Registration::exists)
            return no_user(name, context);
        if (registration != Registration::done)
            return refuse_subject(registration, subject);
        changed.emplace_back("sub");
    }
    TRY(context.profiles.change(subject, claims));
    for (const auto& [claim, text] : claims)
        changed.push_back(claim);
    if (!changed.empty())
        context.record({.name = EventName::user_updated, .user = Person(name, subject)});
    // For clients a new sub is another person: sessions, grants and consents of the old one end.
    Ended ended;
    if (subject != user->subject) {
        ended = TRY(end_everything(former, "subject_changed", context));
        TRY(context.consents.forget_subject(former.subject));
    }
    return report_update(name, changed, ended, context);
}

// Ends what removed users of this name have left, if there is anything.
Result<int> finish_removal(const std::string& name, AdminContext& context)
{
    auto ended = TRY(end_everything(Person(name, ""), "user_removed", context));
    const auto subjects = TRY(context.subjects.of_removed(name));
    for (const auto& subject : subjects) {
        ended.grants += TRY(end_everything(Person(name, subject), "user_removed", context)).grants;
        TRY(context.consents.forget_subject(subject));
    }
    if (ended.sessions == 0 && ended.grants == 0)
        return no_user(name, context);
    return report("removed", name, ended, context);
}

// The user and the claims first, so that no new login begins; then sessions, grants and consents. If that fails half-way,
// the command can be repeated: it also works for a user who is already removed.
Result<int> remove(const UserOptions& options, AdminContext& context)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(context.users.find(name));
    if (!user)
        return finish_removal(name, context);
    const auto person = TRY(owner_of(*user, context));
    if (TRY(context.users.remove(*user, context.clock.now())))
        context.record({.name = EventName::user_removed, .user = *user});
    const auto ended = TRY(end_everything(person, "user_removed", context));
    TRY(context.consents.forget_subject(person.subject));
    return report("removed", name, ended, context);
}

// Both throttles: of the account, and of the account in known browsers.
Result<int> unlock(const UserOptions& options, AdminContext& context)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(context.users.find(name));
    if (!user)
        return no_user(name, context);
    return lift_throttles(
        [&](std::string_view throttle) {
            return throttle == "login:user:" + name || throttle.starts_with("login:browser:" + name + ":");
        },
        {.user = *user}, context);
}

using Action = Result<int> (*)(const UserOptions&, AdminContext&);

Command* add_verb(Command& user, const char* verb, const char* sentence, UserOptions& options)
{
    auto* command = user.add_subcommand(verb, sentence);
    // In capitals: from version 2.4 on, CLI11 treats "name" and "--name" as the same name.
    command->add_option("NAME", options.name, "User name (case-insensitive)")->required();
    return command;
}

} // namespace

void add_user_commands(Command& app, CommandLine& line)
{
    auto* user = app.add_subcommand("user", "Users: accounts that can log in");
    user->require_subcommand(1);
    const auto options = std::make_shared<UserOptions>();
    const auto runs = [&line, options](Action action) {
        return [&line, options, action] { line.run([&](AdminContext& context) { return action(*options, context); }); };
    };

    auto* adding = add_verb(*user, "add", "Adds a user", *options);
    adding->add_option("--subject", options->subject,
                       "The sub that clients see, for good (default: 22 random characters)");
    add_claim_options(*adding, options->claims);
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
    add_claim_options(*updating, options->claims);
    add_unset_claim_option(*updating, options->claims);
    updating->callback(runs(update));

    add_verb(*user, "show", "Shows a user", *options)->callback(runs(show));
    add_verb(*user, "unlock", "Lifts the block after failed logins", *options)->callback(runs(unlock));
    add_verb(*user, "remove", "Removes a user; ends the user's sessions and grants", *options)->callback(runs(remove));
    add_end_sessions_command(*user, line);
    user->add_subcommand("list", "Lists the names of all users")->callback([&line] { line.run(list); });
}

} // namespace stile::admin
