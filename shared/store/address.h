// The address of Redis: STILE_REDIS as a value.
#pragma once

#include "shared/base/secret.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

struct RedisAddress {
    std::string socket; // path of a unix socket, or empty for host and port
    std::string host;
    int port = 6379;
    int database = 0;
    std::string user; // empty: the default user
    Secret password;
    int timeout_milliseconds = 1000; // to connect, and for each reply
};

// unix:///path/redis.sock[?db=N&user=U&password=P]  or  redis://[user[:password]@]host[:port][/db]; otherwise nothing.
std::optional<RedisAddress> parse_redis_address(std::string_view url);

} // namespace stile
