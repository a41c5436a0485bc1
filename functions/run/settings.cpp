#include "functions/run/settings.h"

#include "shared/base/text.h"
#include "shared/crypto/random.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace stile::run {

namespace {

constexpr std::size_t master_key_length = 64;

// A line of stile.env, as a shell and systemd read it.
std::string assignment(std::string_view entry)
{
    const auto equals = entry.find('=');
    return std::string(entry.substr(0, equals)) + "='"
           + replace_all(std::string(entry.substr(equals + 1)), "'", R"('\'')") + "'\n";
}

std::string assignments()
{
    std::string lines;
    for (char** entry = environ; *entry != nullptr; ++entry)
        if (std::string_view(*entry).starts_with("STILE_"))
            lines += assignment(*entry);
    return lines;
}

// Made by the first run in the folder and kept: the signing keys in its Redis are encrypted with it.
Expected<void, std::string> prepare_master_key(const RunFolder& folder)
{
    if (process_environment("STILE_KEY_FILE") || process_environment("STILE_KEY"))
        return {};
    const auto file = folder.file("signing.key");
    if (!std::filesystem::exists(file))
        TRY(folder.write_private("signing.key", SystemRandom().base62(master_key_length)));
    ::setenv("STILE_KEY_FILE", file.c_str(), 1);
    return {};
}

} // namespace

Expected<Config, std::string> prepare_settings(const RunFolder& folder, const std::string& issuer,
                                               const std::string& pages, const std::string& redis)
{
    ::setenv("STILE_ISSUER", issuer.c_str(), 1);
    ::setenv("STILE_REDIS", redis.c_str(), 1);
    TRY(prepare_master_key(folder));
    ::setenv("STILE_PAGES", pages.c_str(), 1);
    ::setenv("STILE_LOGOUT_NETWORKS", "127.0.0.0/8,::1", 0); // the clients of a developer are on this machine
    ::setenv("STILE_METRICS", folder.file("metrics").c_str(), 1);
    TRY(folder.write_private("stile.env", assignments()));
    auto config = read_config(process_environment);
    ::unsetenv("STILE_REDIS"); // each function gets the address with its own user
    ::unsetenv("STILE_IDLE_EXIT"); // the supervisor does not wait for a request before it restarts a function
    return config;
}

} // namespace stile::run
