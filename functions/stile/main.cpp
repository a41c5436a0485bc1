// The admin command `stile`. It finds Redis as the functions do.
#include "functions/stile/command.h"

#include "shared/base/process.h"
#include "shared/base/text.h"
#include "shared/base/version.h"

#include <csignal>
#include <iostream>

namespace stile::admin {

namespace {

// The address of Redis as in STILE_REDIS, without user and password.
std::string in_words(const RedisAddress& address)
{
    if (!address.socket.empty())
        return "unix://" + address.socket;
    const bool is_ipv6 = address.host.contains(':');
    return "redis://" + (is_ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

int print_error(const OAuthError& error, const RedisAddress& redis)
{
    if (error.code == ErrorCode::temporarily_unavailable) {
        constexpr std::string_view origin = "Redis: ";
        const std::string_view why = error.detail;
        return print_error(unavailable, "cannot use Redis at " + in_words(redis) + " (STILE_REDIS): "
                                            + std::string(why.substr(why.starts_with(origin) ? origin.size() : 0)));
    }
    const bool was_misused = error.code == ErrorCode::invalid_request || error.code == ErrorCode::invalid_scope;
    return print_error(was_misused ? misused : failed, error.description);
}

} // namespace

// What was given on the command line may have line breaks.
int print_error(Exit status, const std::string& sentence)
{
    std::cerr << "stile: " << replace_all(replace_all(sentence, "\r", " "), "\n", " ") << '\n';
    return status;
}

std::string secret_option(const std::string& value)
{
    if (value != "-")
        return value;
    std::string line;
    std::getline(std::cin, line);
    return line;
}

void CommandLine::run(const std::function<Result<int>(AdminContext&)>& action)
{
    try {
        AdminContext context(json);
        const auto result = action(context);
        status = result ? *result : print_error(result.error(), context.config.redis);
    } catch (const std::exception& error) {
        status = print_error(misused, error.what());
    }
}

} // namespace stile::admin

int main(int argc, char** argv)
{
    using namespace stile::admin;
    stile::harden_process();
    std::signal(SIGPIPE, SIG_IGN); // writing to a connection that Redis closed is an error, not the end of the process
    Command app("Administers Stile; finds Redis by STILE_REDIS, as the functions do.\n"
                "Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 already exists, 5 Redis unavailable.\n"
                "Errors are one line on standard error, also with --json.");
    app.set_version_flag("--version", "stile " + std::string(stile::version()));
    app.require_subcommand(1);
    CommandLine line;
    add_client_commands(app, line);
    add_user_commands(app, line);
    add_grant_commands(app, line);
    add_token_commands(app, line);
    add_throttle_commands(app, line);
    add_keys_commands(app, line);
    add_library_commands(app, line);
    add_events_command(app, line);
    add_export_command(app, line);
    add_import_command(app, line);
    add_check_command(app, line);
    add_settings_command(app, line);
    app.add_flag_to_verbs("--json", line.json, "Print one JSON document instead of text");
    return app.parse(argc, argv).value_or(line.status);
}
