// The admin command `stile`, with which a run prepares its Redis.
#pragma once

#include "functions/run/process.h"
#include "functions/run/run_folder.h"
#include "shared/base/result.h"

#include <string>

namespace stile::run {

class Admin {
public:
    // `program`: the path of stile; `redis`: its STILE_REDIS.
    Admin(std::string program, std::string redis) : m_program(std::move(program)), m_redis(std::move(redis)) {}

    // Runs `stile ARGUMENTS` and returns its exit status. `log` is the file for its output; `secret` is what it reads where
    // an argument is "-".
    int run(Words arguments, const std::string& log, const std::string& secret = "") const;

private:
    std::string m_program;
    std::string m_redis;
};

// Loads the function library; the functions have no right to load it. The error is one line.
Expected<void, std::string> load_library(const Admin& admin, const RunFolder& folder);

// Makes the signing keys that are missing. The error is one line.
Expected<void, std::string> ensure_signing_keys(const Admin& admin, const RunFolder& folder);

} // namespace stile::run
