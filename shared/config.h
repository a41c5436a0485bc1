// The configuration: environment variables STILE_*, all in one table, checked at start.
#pragma once

#include "shared/base/result.h"
#include "shared/base/secret.h"
#include "shared/oauth/settings.h"
#include "shared/pages/files.h"
#include "shared/store/address.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace stile {

struct Config {
    Settings settings;
    RedisAddress redis;
    int threads = 8;
    int hashes_at_once = 2;
    Seconds client_cache = 5;
    Seconds key_ahead = 600;
    std::string key_file; // the master key of the signing keys: in a file,
    Secret key; // or itself; empty when there is none
    Secret shared_secret; // of HS256; empty when there is none
    Seconds idle_exit = 0; // without a request; 0: it stays
    std::size_t events = 10'000; // entries of the audit trail that Redis keeps; 0: it gets none
    std::string metrics; // the folder of the counters; empty: there is none
    bool logs_requests = true;
    PageFiles pages;
};

struct Variable {
    std::string_view name;
    std::string_view default_value; // empty: must be set
    std::string_view expects; // what a value looks like, ends the sentence "X must be …"
    std::string_view meaning;
    bool (*read)(std::string_view value, Config& config);
    bool may_be_absent = false;
};

std::span<const Variable> config_variables();

// `environment` gives a variable's value, or nothing when it is not set. The error is one line that names the
// variable and what it expects, and never shows its value.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Expected<Config, std::string> read_config(const Environment& environment);

// The key under which the signing keys lie sealed in Redis; empty when none is configured. For what signs alone: nobody
// else need be able to read the file.
Expected<Secret, std::string> read_master_key(const Config& config);

// The process's own environment.
std::optional<std::string> process_environment(std::string_view name);

// Overwrites the variables that hold secrets (STILE_REDIS may hold a password) and takes them out of the environment.
// To be called when they have been read.
void forget_secrets_of_environment();

} // namespace stile
