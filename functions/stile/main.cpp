// The admin command `stile`. It finds Redis as the functions do.
#include "functions/stile/command.h"

#include "shared/base/process.h"
#include "shared/base/version.h"

#include <csignal>
#include <iostream>

namespace stile::admin {

int print_error(Exit status, const std::string& sentence)
{
    std::cerr << "stile: " << sentence << '\n';
    return status;
}

int print_error(const OAuthError& error)
{
    if (error.code == ErrorCode::temporarily_unavailable)
        return print_error(unavailable, "cannot use Redis (STILE_REDIS): " + error.detail);
    const bool was_misused = error.code == ErrorCode::invalid_request || error.code == ErrorCode::invalid_scope;
    return print_error(was_misused ? misused : failed, error.description);
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
        status = result ? *result : print_error(result.error());
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
    return app.parse(argc, argv, misused).value_or(line.status);
}
