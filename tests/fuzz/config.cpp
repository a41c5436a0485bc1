// Configuration values (shared/config). Lines: NAME=VALUE, the prefix STILE_ left out.
#include "shared/config.h"
#include "shared/base/text.h"
#include "tests/fuzz/support/fuzz.h"

#include <algorithm>
#include <map>

namespace stile::fuzz {

void fuzz(std::string_view input)
{
    std::map<std::string, std::string, std::less<>> given = {{"STILE_ISSUER", "https://id.example"}};
    for (const auto line : lines(input, 32)) {
        const auto equals = std::min(line.find('='), line.size());
        // The environment is made of C strings.
        const auto value = line.substr(std::min(equals + 1, line.size()));
        given["STILE_" + std::string(line.substr(0, equals))] = value.substr(0, value.find('\0'));
    }
    const auto config = read_config([&](std::string_view name) {
        const auto found = given.find(name);
        return found == given.end() ? std::nullopt : std::optional(found->second);
    });
    if (!config) { // one line, which names the variable and does not show its value
        HOLDS(config.error().starts_with("STILE_") && !config.error().contains('\n') && is_utf8(config.error()));
        return;
    }
    const auto& settings = config->settings;
    HOLDS(settings.issuer == given.at("STILE_ISSUER") && !settings.issuer.ends_with('/'));
    HOLDS(settings.issuer.find_first_of("?# \r\n\"") == std::string::npos && settings.issuer.ends_with(settings.path));
    HOLDS(settings.path.empty() || settings.path.starts_with('/'));
    HOLDS(to_lower(settings.issuer.substr(0, settings.issuer.find(':')))
          == (settings.issuer_is_https ? "https" : "http"));
    HOLDS(!settings.grant_types.empty());
    HOLDS(settings.lifetimes.code >= 1 && settings.lifetimes.code <= 600 && settings.lifetimes.access_token >= 1);
    HOLDS(config->hashes_at_once >= 1 && config->helper_threads > config->hashes_at_once
          && config->helper_threads <= 128);
    HOLDS(config->redis.timeout_milliseconds >= 10 && config->redis.timeout_milliseconds <= 60'000);
    HOLDS(config->key.empty() || config->key.reveal().size() >= 32);
}

} // namespace stile::fuzz
