// The parts of `stile check`. Each adds what it finds to the report.
#pragma once

#include "functions/stile/check/report.h"
#include "functions/stile/command.h"

#include <string>

namespace stile::admin {

// The settings, the master key and the pages.
void check_configuration(CheckReport& report);

// Who may read and change the settings files (*.env) in `folder`, and whether one of them or the environment turns on a login
// program. There may be no such folder.
void check_settings_files(const std::string& folder, CheckReport& report);

// The version, memory policy, persistence and clock of Redis, and the function library in it.
Result<void> check_redis(AdminContext& context, CheckReport& report);

// Whether there is a signing key for each algorithm that a client has registered.
Result<void> check_keys(AdminContext& context, CheckReport& report);

// Whether each user has a sub that is no other user's (OpenID Connect Core §2).
Result<void> check_subjects(AdminContext& context, CheckReport& report);

// The users of Redis: whether it requires a password, and whether Stile's users have exactly the rights they need.
Result<void> check_redis_users(AdminContext& context, CheckReport& report);

// Where the audit trail is, and what of it is not there any more.
Result<void> check_events(AdminContext& context, CheckReport& report);

// nginx's configuration, as `nginx -T` printed it into the file at `path` ("-": standard input).
void check_nginx(const std::string& path, CheckReport& report);

} // namespace stile::admin
