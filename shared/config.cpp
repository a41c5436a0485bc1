#include "shared/config.h"

#include "shared/base/address_range.h"
#include "shared/base/text.h"
#include "shared/base/uri.h"
#include "shared/oauth/grant_type.h"
#include "shared/pages/language.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/stat.h>

namespace stile {

namespace {

template <typename Number>
bool read_number(std::string_view text, Number least, Number most, Number& into)
{
    const auto number = parse_number<Number>(text);
    if (!number || *number < least || *number > most)
        return false;
    into = *number;
    return true;
}

bool read_lifetime(std::string_view text, Seconds& into)
{
    return read_number<Seconds>(text, 1, 10LL * 365 * 24 * 3600, into);
}

bool read_switch(std::string_view text, bool& into)
{
    into = text == "on";
    return text == "on" || text == "off";
}

// RFC 8414 §2, RFC 9207 §2: https without query or fragment; http only on loopback, for make run. Clients compare it
// character by character, so it is kept as written, and a trailing slash is refused rather than removed.
bool read_issuer(std::string_view text, Config& config)
{
    const auto url = parse_absolute_uri(text);
    if (!url || url->has_query() || url->has_fragment() || url->has_userinfo() || text.ends_with('/'))
        return false;
    const std::string host(url->encoded_host().data(), url->encoded_host().size());
    const bool loopback = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
    config.settings.issuer_is_https = url->scheme() == "https";
    if (host.empty() || (!config.settings.issuer_is_https && !(url->scheme() == "http" && loopback)))
        return false;
    config.settings.issuer = text;
    config.settings.path = std::string(url->encoded_path().data(), url->encoded_path().size());
    return true;
}

bool read_redis(std::string_view text, Config& config)
{
    auto address = parse_redis_address(text);
    if (!address)
        return false;
    address->timeout_milliseconds = config.redis.timeout_milliseconds;
    config.redis = std::move(*address);
    return true;
}

bool read_grant_types(std::string_view text, Config& config)
{
    config.settings.grant_types.clear();
    const auto names = split(text, ',');
    for (const auto name : names)
        config.settings.grant_types.emplace_back(name);
    return !names.empty() && std::ranges::all_of(names, is_grant_type);
}

// So programs find the files that were installed with them, under any prefix.
std::filesystem::path program_folder()
{
    std::error_code error; // on an error paths are relative to the working directory
    return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

constexpr std::size_t least_key_length = 32; // bytes; RFC 7518 §3.2 for HS256

bool read_key(std::string_view text, Secret& into)
{
    into = Secret(std::string(text));
    return text.size() >= least_key_length;
}

constexpr std::string_view seconds = "a number of seconds from 1 to 315360000";

// "authorization_code, refresh_token, …": all that there are.
const std::string some_grant_types =
    join({known_grant_types.begin(), known_grant_types.end()}, ", ") + ", or some of them, separated by commas";

const std::array variables = {
    Variable{"STILE_ISSUER", "", "an https URL without query, fragment or trailing slash (http on loopback only)",
             "The public URL of this server, sent as `iss`. A path is allowed.", read_issuer},
    Variable{"STILE_REDIS", "unix:///run/redis/redis-server.sock",
             "unix:///PATH[?db=N&user=U&password=P] or redis://[USER[:PASSWORD]@]HOST[:PORT][/DB]",
             "The address of Redis.", read_redis},
    Variable{"STILE_REDIS_TIMEOUT", "1000", "a number of milliseconds from 10 to 60000",
             "Timeout for connecting to Redis and for each reply, in milliseconds.",
             [](std::string_view text, Config& config) {
                 return read_number(text, 10, 60'000, config.redis.timeout_milliseconds);
             }},
    Variable{"STILE_CODE_TTL", "300", "a number of seconds from 1 to 600",
             "Lifetime of an authorization code, in seconds.",
             [](std::string_view text, Config& config) {
                 return read_number<Seconds>(text, 1, 600, config.settings.lifetimes.code); // RFC 6749 §4.1.2
             }},
    Variable{"STILE_ACCESS_TTL", "300", seconds, "Lifetime of an access token, in seconds.",
             [](std::string_view text, Config& config) {
                 return read_lifetime(text, config.settings.lifetimes.access_token);
             }},
    Variable{"STILE_REFRESH_TTL", "900", seconds, "Lifetime of an unused refresh token, in seconds.",
             [](std::string_view text, Config& config) {
                 return read_lifetime(text, config.settings.lifetimes.refresh_token);
             }},
    Variable{
        "STILE_ID_TOKEN_TTL", "300", seconds, "Lifetime of an ID token, in seconds.",
        [](std::string_view text, Config& config) { return read_lifetime(text, config.settings.lifetimes.id_token); }},
    Variable{
        "STILE_GRANT_TTL", "2592000", seconds,
        "Maximum lifetime of a grant, in seconds, however often it is refreshed.",
        [](std::string_view text, Config& config) { return read_lifetime(text, config.settings.lifetimes.grant); }},
    Variable{
        "STILE_REQUEST_TTL", "600", seconds, "Time for a user to log in and answer the consent page, in seconds.",
        [](std::string_view text, Config& config) { return read_lifetime(text, config.settings.lifetimes.request); }},
    Variable{
        "STILE_SESSION_TTL", "28800", seconds, "Lifetime of a session, in seconds.",
        [](std::string_view text, Config& config) { return read_lifetime(text, config.settings.lifetimes.session); }},
    Variable{
        "STILE_CONSENT_TTL", "7776000", seconds, "Lifetime of a remembered consent, in seconds.",
        [](std::string_view text, Config& config) { return read_lifetime(text, config.settings.lifetimes.consent); }},
    Variable{"STILE_BROWSER_TTL", "7776000", seconds, "Lifetime of the known-browser cookie, in seconds.",
             [](std::string_view text, Config& config) {
                 return read_lifetime(text, config.settings.lifetimes.known_browser);
             }},
    Variable{"STILE_GRANT_TYPES", "authorization_code,refresh_token,client_credentials", some_grant_types,
             "Grant types that this server offers. Each client is registered for some of them.", read_grant_types},
    Variable{"STILE_REQUIRE_PKCE", "off", "on or off",
             "Whether confidential clients must use PKCE. Public clients always must.",
             [](std::string_view text, Config& config) { return read_switch(text, config.settings.require_pkce); }},
    Variable{"STILE_LOGIN_TRIES_PER_USER", "10", "a number from 1 to 1000000",
             "Failed logins of an account before each further failure blocks new attempts for a growing time.",
             [](std::string_view text, Config& config) {
                 auto& throttle = config.settings.login_throttle;
                 const bool valid = read_number(text, 1, 1'000'000, throttle.by_user.free);
                 throttle.by_browser.free = throttle.by_user.free;
                 return valid;
             }},
    Variable{
        "STILE_LOGIN_TRIES_PER_ADDRESS", "100", "a number from 1 to 1000000",
        "Failed logins from a network address before each further failure blocks new attempts for a growing time. Four "
        "times as many from an IPv6 /56, 16 times as many from a /48.",
        [](std::string_view text, Config& config) {
            return read_number(text, 1, 1'000'000, config.settings.login_throttle.by_address.free);
        }},
    Variable{"STILE_LOGIN_WAIT", "300", "a number of seconds from 1 to 86400",
             "Longest time for which failed logins block new attempts, in seconds.",
             [](std::string_view text, Config& config) {
                 auto& throttle = config.settings.login_throttle;
                 const bool valid = read_number<Seconds>(text, 1, 86'400, throttle.by_user.longest);
                 throttle.by_address.longest = throttle.by_browser.longest = throttle.by_user.longest;
                 return valid;
             }},
    Variable{"STILE_CLIENT_TRIES", "10", "a number from 1 to 1000000",
             "Failed authentications of a client from an address before each further failure blocks new attempts for a "
             "growing time. From an IPv6 /56 and /48 as for logins.",
             [](std::string_view text, Config& config) {
                 return read_number(text, 1, 1'000'000, config.settings.client_throttle.free);
             }},
    Variable{"STILE_CLIENT_WAIT", "60", "a number of seconds from 1 to 86400",
             "Longest time for which failed client authentications block new attempts, in seconds.",
             [](std::string_view text, Config& config) {
                 return read_number<Seconds>(text, 1, 86'400, config.settings.client_throttle.longest);
             }},
    Variable{"STILE_THROTTLE_WINDOW", "3600", "a number of seconds from 1 to 86400",
             "Time window of failed attempts, in seconds. One failure expires every window / limit seconds.",
             [](std::string_view text, Config& config) {
                 auto& login = config.settings.login_throttle;
                 const bool valid = read_number<Seconds>(text, 1, 86'400, login.by_user.window);
                 for (auto* rule : {&login.by_browser, &login.by_address, &config.settings.client_throttle})
                     rule->window = login.by_user.window;
                 return valid;
             }},
    Variable{"STILE_EXEMPT_NETWORKS", "",
             "IPv4 or IPv6 networks such as 192.0.2.0/24, or addresses, separated by commas",
             "Networks whose failed logins are not counted for their address, such as an office's or a mobile "
             "operator's. They are still counted for each account.",
             [](std::string_view text, Config& config) {
                 auto networks = parse_address_ranges(text);
                 if (networks)
                     config.settings.login_throttle.exempt = std::move(*networks);
                 return networks.has_value();
             },
             true},
    Variable{"STILE_LOGIN_PROGRAM_SECRET", "", "32 to 1024 letters and digits",
             "Turns on logins of a login program: the secret by which nginx vouches for it. Needed by `login` only: "
             "set it in `stile-login.env`.",
             [](std::string_view text, Config& config) {
                 config.settings.login_program_secret = Secret(std::string(text));
                 // nginx's configuration has it as one word.
                 return text.size() >= least_key_length && text.size() <= 1024 && all_of(text, is_base62);
             },
             true},
    Variable{
        "STILE_CLIENT_CACHE", "5", "a number of seconds from 0 to 3600",
        "How long a process caches a client's record, in seconds. 0 reads it from Redis each time.",
        [](std::string_view text, Config& config) { return read_number<Seconds>(text, 0, 3600, config.client_cache); }},
    Variable{"STILE_KEY_FILE", "", "the path of a file",
             "File with the master key (at least 32 bytes, mode 600), which encrypts the signing keys in Redis. Read "
             "by `token`, `stile keys` and `stile check`; `userinfo` and `logout` need only that of their purpose "
             "(`stile keys derive`).",
             [](std::string_view text, Config& config) {
                 config.key_file = text;
                 return !text.empty();
             },
             true},
    Variable{"STILE_KEY", "", "at least 32 bytes", "The master key itself, instead of a file.",
             [](std::string_view text, Config& config) { return read_key(text, config.key); }, true},
    Variable{"STILE_SECRET_KEY", "", "at least 32 bytes",
             "Secret for HS256, shared with resource servers. Needed by `token`, `verify`, `introspect`, `revoke` and "
             "`userinfo`.",
             [](std::string_view text, Config& config) { return read_key(text, config.shared_secret); }, true},
    Variable{
        "STILE_KEY_AHEAD", "600", "a number of seconds from 0 to 604800",
        "How long a new signing key is published before it signs, in seconds.",
        [](std::string_view text, Config& config) { return read_number<Seconds>(text, 0, 604'800, config.key_ahead); }},
    Variable{"STILE_LOGOUT_NETWORKS", "", "addresses and networks such as 10.1.0.0/16, separated by commas",
             "Private and other special networks that `logout` may send logout tokens to. Without it, only to public "
             "addresses.",
             [](std::string_view text, Config& config) {
                 config.settings.logout_networks = text;
                 return parse_address_ranges(text).has_value();
             },
             true},
    Variable{"STILE_DELIVER_SOCKET", "", "an absolute path",
             "Socket of `stile-deliver`, which sends logout tokens for `logout`. The systemd units set it. Without it "
             "`logout` starts a `stile-deliver` itself.",
             [](std::string_view text, Config& config) {
                 config.settings.deliver_socket = text;
                 return text.starts_with('/');
             },
             true},
    Variable{"STILE_EVENTS", "10000", "a number from 0 to 10000000",
             "Approximate number of entries that each stream of the audit trail keeps in Redis. 0 keeps none there.",
             [](std::string_view text, Config& config) {
                 return read_number<std::size_t>(text, 0, 10'000'000, config.events);
             }},
    Variable{
        "STILE_THREADS", "4", "a number from 1 to 256",
        "Helper threads of each process, for password hashes and RSA signatures. At least `STILE_HASHES_AT_ONCE` + 1.",
        [](std::string_view text, Config& config) { return read_number(text, 1, 256, config.helper_threads); }},
    Variable{
        "STILE_IDLE_EXIT", "0", "a number of seconds from 0 to 604800",
        "Idle time after which a function exits, in seconds. systemd's socket starts it at the next request. 0 "
        "disables this.",
        [](std::string_view text, Config& config) { return read_number<Seconds>(text, 0, 604'800, config.idle_exit); }},
    Variable{"STILE_REQUEST_LOG", "on", "on or off",
             "Whether each request is logged. Refusals and security events always are.",
             [](std::string_view text, Config& config) { return read_switch(text, config.logs_requests); }},
    Variable{"STILE_METRICS", "/run/stile/metrics", "an absolute path",
             "Folder of the counters of all functions, which `stile-metrics` adds up.",
             [](std::string_view text, Config& config) {
                 config.metrics = text;
                 return text.starts_with('/');
             }},
    Variable{"STILE_HASHES_AT_ONCE", "2", "a number from 1 to 64",
             "Password hashes that one process computes at the same time. Each needs 19 MiB.",
             [](std::string_view text, Config& config) { return read_number(text, 1, 64, config.hashes_at_once); }},
    Variable{"STILE_PASSWORD_LENGTH", "8", "a number from 0 to 128",
             "Shortest password of a user, in bytes. 0 accepts any, also the user's name and those of the list.",
             [](std::string_view text, Config& config) {
                 return read_number<std::size_t>(text, 0, 128, config.password_length);
             }},
    Variable{"STILE_PASSWORD_LIST", "", "an absolute path",
             "File of passwords that are refused, one on each line, such as `/usr/share/john/password.lst` of the "
             "package john-data. Upper and lower case count as the same.",
             [](std::string_view text, Config& config) {
                 config.password_list = text;
                 return text.starts_with('/');
             },
             true},
    Variable{"STILE_CLIENT_SECRET_LENGTH", "16", "a number from 0 to 128",
             "Shortest secret of a client that the operator chooses (`--secret`), in bytes. 0 accepts any.",
             [](std::string_view text, Config& config) {
                 return read_number<std::size_t>(text, 0, 128, config.secret_length);
             }},
    Variable{"STILE_PAGES", "../share/stile/pages", "a folder with Stile's page templates",
             "Folder of the installed pages. A relative path starts at the folder of the program.",
             [](std::string_view text, Config& config) {
                 config.pages.installed = (program_folder() / text).lexically_normal().string();
                 return !text.empty();
             }},
    Variable{"STILE_THEME", "", "an absolute path",
             "Folder with your own pages, stylesheet or texts. They replace those of `STILE_PAGES`.",
             [](std::string_view text, Config& config) {
                 config.pages.theme = text;
                 return text.starts_with('/');
             },
             true},
    Variable{"STILE_LANGUAGE", "en", "a language tag, such as en, de or fr",
             "Language of the pages for browsers that ask for no available language.",
             [](std::string_view text, Config& config) {
                 config.pages.language = text;
                 return is_language_tag(text);
             }},
};

// Once STILE_THREADS was the number of requests under way, so there are configurations with more helper threads than can
// have work, or fewer than signatures need beside the hashes. They still start.
void settle_helper_threads(Config& config, bool is_set)
{
    constexpr int most_beside_hashes = 64; // no machine signs so much at the same time
    const int wanted = config.helper_threads;
    config.helper_threads = std::clamp(wanted, config.hashes_at_once + 1, config.hashes_at_once + most_beside_hashes);
    if (is_set && config.helper_threads != wanted)
        config.notes.push_back("STILE_THREADS is " + std::to_string(wanted) + ", but the process has "
                               + std::to_string(config.helper_threads)
                               + ": it is the number of helper threads for password hashes and RSA signatures, "
                                 "no longer of requests under way");
}

} // namespace

std::span<const Variable> config_variables()
{
    return variables;
}

Expected<Config, std::string> read_config(const Environment& environment)
{
    Config config;
    for (const auto& variable : variables) {
        const auto value = environment(variable.name);
        if (!value && variable.may_be_absent)
            continue;
        if (!value && variable.default_value.empty())
            return std::unexpected(std::string(variable.name) + " is not set; it must be "
                                   + std::string(variable.expects));
        if (!variable.read(value.value_or(std::string(variable.default_value)), config))
            return std::unexpected(std::string(variable.name) + " must be " + std::string(variable.expects));
    }
    settle_helper_threads(config, environment("STILE_THREADS").has_value());
    return config;
}

Expected<Secret, std::string> read_master_key(const Config& config)
{
    if (config.key_file.empty())
        return config.key;
    const auto refuse = [&](const char* why) {
        return std::unexpected("STILE_KEY_FILE: " + config.key_file + " " + why);
    };
    struct stat status{};
    if (::stat(config.key_file.c_str(), &status) != 0)
        return refuse("does not exist");
    if ((status.st_mode & 077) != 0)
        return refuse("is readable by others; use chmod 600");
    std::ifstream file(config.key_file, std::ios::binary);
    Secret key(std::string(std::istreambuf_iterator<char>(file), {}));
    if (key.reveal().size() < least_key_length)
        return refuse("cannot be read or is shorter than 32 bytes");
    return key;
}

void forget_secrets_of_environment()
{
    for (const char* name : {"STILE_REDIS", "STILE_KEY", "STILE_SECRET_KEY", "STILE_LOGIN_PROGRAM_SECRET"}) {
        if (char* value = std::getenv(name))
            ::explicit_bzero(value, std::strlen(value)); // /proc/PID/environ shows it
        ::unsetenv(name);
    }
}

std::optional<std::string> process_environment(std::string_view name)
{
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr)
        return std::nullopt;
    return value;
}

} // namespace stile
