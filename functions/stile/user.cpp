#include "functions/stile/command.h"

#include "shared/crypto/password.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <memory>

namespace stile::admin {

namespace {

struct UserOptions {
    std::string name;
    std::string subject;
    std::string password;
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

Result<int> add(const UserOptions& options, Workplace& workplace)
{
    const auto name = TRY(canonical(options.name));
    const auto subject = options.subject.empty() ? name : options.subject;
    if (!is_subject(subject))
        return fail(ErrorCode::invalid_request, "--subject must be 1 to 255 visible ASCII characters without ':'");
    const auto password = TRY(read_password(options));
    const User user = {name, subject, hash_password(password, workplace.random)};
    if (!TRY(workplace.users.add(user, workplace.clock.now())))
        return complain(exists, "user " + name + " exists already");
    workplace.record({.name = EventName::user_added, .user = user});
    std::cout << "added\n";
    return done;
}

struct Ended {
    int sessions = 0;
    int grants = 0;
};

// Whoever knew the old password loses what it gave: sessions and grants end (RFC 9700 §4.14.2).
Result<Ended> end_everything(const Person& user, Word reason, Workplace& workplace)
{
    Ended ended;
    ended.sessions = TRY(workplace.sessions.end_all_of(user.name));
    if (ended.sessions > 0)
        workplace.record({.name = EventName::session_ended,
                          .user = user,
                          .count = static_cast<std::size_t>(ended.sessions),
                          .reason = reason});
    ended.grants = TRY(workplace.grants.revoke_all_with("sub", user.subject, workplace.tell_revoked({}, user, reason)));
    TRY(workplace.known_browsers.forget_all_of(user.name));
    return ended;
}

int report(std::string_view verb, const Ended& ended)
{
    std::cout << verb << "; " << ended.sessions << " sessions ended, " << ended.grants << " grants revoked\n";
    return done;
}

Result<int> change_password(const UserOptions& options, Workplace& workplace)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(workplace.users.find(name));
    if (!user)
        return complain(not_found, "no user " + name);
    const auto password = TRY(read_password(options));
    TRY(workplace.users.set_password_hash(name, hash_password(password, workplace.random)));
    workplace.record({.name = EventName::user_password_changed, .user = *user});
    return report("changed", TRY(end_everything(*user, "password_changed", workplace)));
}

Result<int> list(Workplace& workplace)
{
    const auto names = TRY(workplace.users.list());
    for (const auto& name : names)
        std::cout << name << '\n';
    return done;
}

Result<int> show(const UserOptions& options, Workplace& workplace)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(workplace.users.find(name));
    if (!user)
        return complain(not_found, "no user " + name);
    std::cout << "user: " << user->name << "\nsub: " << user->subject << '\n';
    return done;
}

// The user goes first, so that nobody logs in meanwhile; then what they had. When that fails half-way the command can be
// given again: it cleans up after a user who is gone already.
Result<int> remove(const UserOptions& options, Workplace& workplace)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(workplace.users.find(name));
    const auto person = user ? Person(*user) : Person(name, name);
    if (TRY(workplace.users.remove(name)))
        workplace.record({.name = EventName::user_removed, .user = person});
    const auto ended = TRY(end_everything(person, "user_removed", workplace));
    TRY(workplace.consents.forget_subject(person.subject));
    if (!user && ended.sessions == 0 && ended.grants == 0)
        return complain(not_found, "no user " + name);
    return report("removed", ended);
}

// Everybody may try again at once, in any browser.
Result<int> unlock(const UserOptions& options, Workplace& workplace)
{
    const auto name = TRY(canonical(options.name));
    const auto user = TRY(workplace.users.find(name));
    if (!user)
        return complain(not_found, "no user " + name);
    return lift_throttles(
        [&](std::string_view throttle) {
            return throttle == "login:user:" + name || throttle.starts_with("login:browser:" + name + ":");
        },
        {.user = *user}, workplace);
}

using Action = Result<int> (*)(const UserOptions&, Workplace&);

CLI::App* add_verb(CLI::App& user, const char* verb, const char* sentence, UserOptions& options)
{
    auto* command = user.add_subcommand(verb, sentence);
    command->add_option("name", options.name, "User name; case does not matter")->required();
    return command;
}

} // namespace

void add_user_commands(CLI::App& app, int& status)
{
    auto* user = app.add_subcommand("user", "Users: people who may log in");
    user->require_subcommand(1);
    const auto options = std::make_shared<UserOptions>();
    const auto runs = [&status, options](Action action) {
        return [&status, options, action] {
            status = run([&](Workplace& workplace) { return action(*options, workplace); });
        };
    };

    auto* adding = add_verb(*user, "add", "Adds a user", *options);
    adding->add_option("--subject", options->subject, "The sub that clients learn (default: the name)");
    adding->add_option("--password", options->password,
                       "Password; - reads it from standard input (default: asked for)");
    adding->callback(runs(add));

    auto* changing = add_verb(*user, "passwd", "Changes a password; ends the user's sessions and grants", *options);
    changing->add_option("--password", options->password,
                         "Password; - reads it from standard input (default: asked for)");
    changing->callback(runs(change_password));

    add_verb(*user, "show", "Shows a user", *options)->callback(runs(show));
    add_verb(*user, "unlock", "Lifts what failed logins have closed", *options)->callback(runs(unlock));
    add_verb(*user, "remove", "Removes a user; ends their sessions and grants", *options)->callback(runs(remove));
    user->add_subcommand("list", "Lists the names of all users")->callback([&status] { status = run(list); });
}

} // namespace stile::admin
