// The commands `stile client …`, one file each; client.cpp has the short ones.
#pragma once

#include "functions/stile/command.h"

namespace stile::admin {

void add_client_add_command(Command& client, CommandLine& line);
void add_client_update_command(Command& client, CommandLine& line);
void add_client_rotate_secret_command(Command& client, CommandLine& line);
void add_client_settings_command(Command& client, CommandLine& line);

inline constexpr const char* help_of_id = "Id of the client";

// The salt of this installation; created for its first pairwise client.
Result<std::string> kept_pairwise_salt(AdminContext& context);

} // namespace stile::admin
