#include "functions/run/redis.h"

#include "shared/base/clock.h"
#include "shared/store/connection.h"
#include "shared/store/users_acl.h"

namespace stile::run {

Expected<void, std::string> write_redis_users(const RunFolder& folder, const RedisUsers& users, bool password_grant)
{
    std::string text(users_acl());
    if (password_grant)
        text = with_password_grant(std::move(text), password_grant_acl());
    TRY(folder.write_private("users.acl", users.fill_in(std::move(text))));
    return folder.write_private("operator.password", users.operator_password());
}

Command redis_command(const std::string& program, const RunFolder& folder, const std::string& root)
{
    Command command;
    command.name = "redis";
    command.arguments = {program,
                         root + "/redis/redis.conf",
                         "--port",
                         "0",
                         "--unixsocket",
                         folder.file("redis.sock"),
                         "--unixsocketperm",
                         "700",
                         "--dir",
                         folder.file("redis"),
                         "--aclfile",
                         folder.file("users.acl"),
                         "--daemonize",
                         "no"};
    command.log = folder.file("log/redis.log");
    return command;
}

bool is_redis_ready(const std::string& address)
{
    const SystemClock clock;
    return Connection(*parse_redis_address(address), clock).command({"PING"}).has_value();
}

} // namespace stile::run
