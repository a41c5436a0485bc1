// What the subcommands of `stile` share.
#pragma once

#include "functions/stile/admin_context.h"
#include "functions/stile/arguments.h"

#include <functional>
#include <string>

namespace stile::admin {

// Exit statuses.
enum Exit { done = 0, failed = 1, misused = 2, not_found = 3, exists = 4, unavailable = 5 };

// Filled in while the command line is parsed; parsing also runs the command.
struct CommandLine {
    bool json = false;
    int status = done;

    // Runs an action that needs Redis. An error becomes one line on standard error and an exit status.
    void run(const std::function<Result<int>(AdminContext&)>& action);
};

// Each adds its command to the command line.
void add_client_commands(Command& app, CommandLine& line);
void add_user_commands(Command& app, CommandLine& line);
void add_grant_commands(Command& app, CommandLine& line);
void add_token_commands(Command& app, CommandLine& line);
void add_throttle_commands(Command& app, CommandLine& line);
void add_keys_commands(Command& app, CommandLine& line);
void add_library_commands(Command& app, CommandLine& line);
void add_events_command(Command& app, CommandLine& line);
void add_export_command(Command& app, CommandLine& line);
void add_import_command(Command& app, CommandLine& line);
void add_check_command(Command& app, CommandLine& line);
void add_settings_command(Command& app, CommandLine& line);

// One line on standard error. Gives the exit status.
int print_error(Exit status, const std::string& sentence);

// The value of an option that is a secret: "-" stands for one line of standard input, which `ps` does not show.
std::string secret_option(const std::string& value);

} // namespace stile::admin
