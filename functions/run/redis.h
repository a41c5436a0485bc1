// The private Redis of a run, or Valkey: it listens only on the socket redis.sock.
#pragma once

#include "functions/run/process.h"
#include "functions/run/redis_users.h"
#include "functions/run/run_folder.h"
#include "shared/base/result.h"

#include <string>

namespace stile::run {

// Writes users.acl, made of redis/users.acl as it is built in, and operator.password. With `password_grant`, the token
// function gets the rights of this grant. The error is one line.
Expected<void, std::string> write_redis_users(const RunFolder& folder, const RedisUsers& users, bool password_grant);

// `program`: the server, in PATH or with its path.
Command redis_command(const std::string& program, const RunFolder& folder, const std::string& root);

// Redis answers at this address (STILE_REDIS).
bool is_redis_ready(const std::string& address);

} // namespace stile::run
