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
#include <vector>

namespace stile {

struct Config {
    Settings settings;
    RedisAddress redis;
    int helper_threads = 4; // more than hashes_at_once, so that a signature does not wait for hashes alone
    int hashes_at_once = 2;
    Seconds client_cache = 5;
    Seconds key_ahead = 600;
    std::string key_file; // the path of a file with the master key of the signing keys,
    Secret key; // or the master key; empty if there is none
    Secret shared_secret; // of HS256; empty if there is none
    Seconds idle_exit = 0; // end after so long without a request; 0: never
    std::size_t events = 10'000; // entries of the audit trail that Redis keeps; 0: none are written
    std::string metrics; // the folder of the counters; empty: no files
    bool logs_requests = true;
    std::size_t password_length = 8; // bytes, of a user's at least; 0: any is accepted
    std::size_t secret_length = 16; // bytes, of a client's secret that the operator chooses
    std::string password_list; // a file of passwords that are refused, one a line; empty: none
    PageFiles pages;
    std::vector<std::string> notes; // lines for the log: values that were accepted, but are not what takes effect
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

// `environment` gives a variable's value, or nothing if it is not set. The error is one line with the name of the
// variable and the expected values, never with its value.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Expected<Config, std::string> read_config(const Environment& environment);

// The master key, which encrypts the signing keys in Redis; empty if none is configured. Only for functions that sign:
// other processes need no read access to the file.
Expected<Secret, std::string> read_master_key(const Config& config);

// The environment of this process.
std::optional<std::string> process_environment(std::string_view name);

// Overwrites the variables that hold secrets (STILE_REDIS may hold a password) and removes them from the environment.
// Call it after they have been read.
void forget_secrets_of_environment();

} // namespace stile
