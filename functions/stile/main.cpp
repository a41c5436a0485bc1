// The admin command: clients, users, tokens, keys, events and the state of the installation. It finds Redis as the functions do.
#include "functions/stile/command.h"

#include "shared/base/process.h"
#include "shared/base/version.h"

#include <csignal>
#include <iostream>

namespace stile::admin {

namespace {

// The admin command needs no issuer; everything else it reads like a function.
std::optional<std::string> admin_environment(std::string_view name)
{
    auto value = process_environment(name);
    if (!value && name == "STILE_ISSUER")
        return "http://localhost";
    return value;
}

Config config_or_throw()
{
    auto config = read_config(admin_environment);
    if (!config)
        throw std::runtime_error(config.error());
    return config.take();
}

} // namespace

Workplace::Workplace(bool json)
    : AdminConnection(config_or_throw()),
      Stores(connection, cache),
      print(json),
      pairwise_salt(connection),
      events(connection)
{
}

int complain(Exit status, const std::string& sentence)
{
    std::cerr << "stile: " << sentence << '\n';
    return status;
}

int complain(const OAuthError& error)
{
    if (error.code == ErrorCode::temporarily_unavailable)
        return complain(unavailable, "cannot use Redis (STILE_REDIS): " + error.detail);
    const bool was_misused = error.code == ErrorCode::invalid_request || error.code == ErrorCode::invalid_scope;
    return complain(was_misused ? misused : failed, error.description);
}

std::string secret_option(const std::string& value)
{
    if (value != "-")
        return value;
    std::string line;
    std::getline(std::cin, line);
    return line;
}

void CommandLine::run(const std::function<Result<int>(Workplace&)>& action)
{
    try {
        Workplace workplace(json);
        const auto result = action(workplace);
        status = result ? *result : complain(result.error());
    } catch (const std::exception& error) {
        status = complain(misused, error.what());
    }
}

} // namespace stile::admin

int main(int argc, char** argv)
{
    using namespace stile::admin;
    stile::harden_process();
    std::signal(SIGPIPE, SIG_IGN); // a Redis that closes its connection is an answer, not the end
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
    add_move_commands(app, line);
    add_check_command(app, line);
    add_settings_command(app, line);
    app.add_flag_to_verbs("--json", line.json, "One JSON document in place of lines for people");
    return app.parse(argc, argv, misused).value_or(line.status);
}
