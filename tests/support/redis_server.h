// A real, private Redis for one test program: redis/redis.conf and redis/users.acl on a unix socket in its own folder.
#pragma once

#include "shared/store/address.h"

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace stile {

class RedisServer {
public:
    // Starts it and waits until it answers; throws std::runtime_error with its log if it does not. `options` are
    // further arguments, such as {"--maxmemory", "10mb"}.
    explicit RedisServer(std::vector<std::string> options = {});
    ~RedisServer(); // ends it and removes its folder
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    // For the user of redis/users.acl of that name; the password is the user's name.
    RedisAddress address(const std::string& user = "operator") const;

    void kill(); // SIGKILL: like a power failure
    void restart(); // the same, then from its files again
    void pause(); // it accepts connections and does not answer
    void resume();

private:
    void start();
    bool answers() const;

    std::filesystem::path m_folder;
    std::vector<std::string> m_options;
    RedisAddress m_address;
    pid_t m_process = -1;
};

// The one server of this test program, started at the first call.
RedisServer& redis_server();

// The server of Redis or Valkey that the tests start (STILE_TEST_REDIS): a program in PATH, or its path.
std::string redis_program();
// The name of its process.
std::string redis_process();

} // namespace stile
