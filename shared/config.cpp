#include "shared/config.h"

#include "shared/base/text.h"
#include "shared/http/language.h"
#include "shared/http/uri.h"
#include "shared/oauth/grant_type.h"

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

// RFC 8414 §2, RFC 9207 §2: https without query or fragment; http on loopback, where make run lives. Clients compare
// it character by character, so it is kept as written, and a trailing slash is refused rather than cut.
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

// So an installed set finds what was installed with it, under whichever prefix.
std::filesystem::path program_folder()
{
    std::error_code error; // then relative paths begin where the process was started
    return std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
}

constexpr std::size_t least_key_length = 32; // bytes; RFC 7518 §3.2 for HS256

bool read_key(std::string_view text, Secret& into)
{
    into = Secret(std::string(text));
    return text.size() >= least_key_length;
}

constexpr std::string_view seconds = "a number of seconds from 1 to 315360000";

constexpr std::array variables = {
    Variable{"STILE_ISSUER", "", "an https URL without query, fragment or trailing slash (http on loopback only)",
             "The URL under which this server is known; every answer carries it as `iss`.", read_issuer},
    Variable{"STILE_REDIS", "unix:///run/redis/redis-server.sock",
             "unix:///PATH[?db=N&user=U&password=P] or redis://[USER[:PASSWORD]@]HOST[:PORT][/DB]", "Where Redis is.",
             read_redis},
    Variable{"STILE_REDIS_TIMEOUT", "1000", "a number of milliseconds from 10 to 60000",
             "How long to wait for a connection to Redis, and for each answer.",
             [](std::string_view text, Config& config) {
                 return read_number(text, 10, 60'000, config.redis.timeout_milliseconds);
             }},
    Variable{"STILE_CODE_TTL", "300", "a number of seconds from 1 to 600", "Life of an authorization code.",
             [](std::string_view text, Config& config) {
                 return read_number<Seconds>(text, 1, 600, config.settings.lifetimes.code); // RFC 6749 §4.1.2
             }},
    Variable{"STILE_ACCESS_TTL", "300", seconds, "Life of an access token.",
             [](std::string_view text, Config& config) {
                 return read_lifetime(text, config.settings.lifetimes.access_token);
             }},
    Variable{"STILE_REFRESH_TTL", "900", seconds, "Life of a refresh token that is not used.",
             [](std::string_view text, Config& config) {
                 return read_lifetime(text, config.settings.lifetimes.refresh_token);
             }},
    Variable{
        "STILE_ID_TOKEN_TTL", "300", seconds, "How long an ID token counts for who receives it.",
        [](std::string_view text, Config& config) { return read_lifetime(text, config.settings.lifetimes.id_token); }},
    Variable{
        "STILE_GRANT_TTL", "2592000", seconds, "The absolute end of a grant, however often it is refreshed.",
        [](std::string_view text, Config& config) { return read_lifetime(text, config.settings.lifetimes.grant); }},
    Variable{
        "STILE_REQUEST_TTL", "600", seconds, "How long a person may take to log in and answer.",
        [](std::string_view text, Config& config) { return read_lifetime(text, config.settings.lifetimes.request); }},
    Variable{
        "STILE_SESSION_TTL", "28800", seconds, "How long a login lasts.",
        [](std::string_view text, Config& config) { return read_lifetime(text, config.settings.lifetimes.session); }},
    Variable{
        "STILE_CONSENT_TTL", "7776000", seconds, "How long a remembered consent lasts.",
        [](std::string_view text, Config& config) { return read_lifetime(text, config.settings.lifetimes.consent); }},
    Variable{"STILE_BROWSER_TTL", "7776000", seconds, "How long a browser is known in which somebody has logged in.",
             [](std::string_view text, Config& config) {
                 return read_lifetime(text, config.settings.lifetimes.known_browser);
             }},
    Variable{"STILE_GRANT_TYPES", "authorization_code,refresh_token,client_credentials",
             "authorization_code, refresh_token, client_credentials, password, or some of them, separated by commas",
             "The grant types that this server offers; each client is registered for some of them.", read_grant_types},
    Variable{"STILE_REQUIRE_PKCE", "off", "on or off",
             "Whether confidential clients need PKCE too; public ones always do.",
             [](std::string_view text, Config& config) { return read_switch(text, config.settings.require_pkce); }},
    Variable{"STILE_LOGIN_TRIES_PER_USER", "10", "a number from 1 to 1000000",
             "Failed logins of one account before each further one costs a growing wait.",
             [](std::string_view text, Config& config) {
                 auto& throttle = config.settings.login_throttle;
                 const bool valid = read_number(text, 1, 1'000'000, throttle.by_user.free);
                 throttle.by_browser.free = throttle.by_user.free;
                 return valid;
             }},
    Variable{"STILE_LOGIN_TRIES_PER_ADDRESS", "100", "a number from 1 to 1000000", "The same for one network address.",
             [](std::string_view text, Config& config) {
                 return read_number(text, 1, 1'000'000, config.settings.login_throttle.by_address.free);
             }},
    Variable{"STILE_LOGIN_WAIT", "300", "a number of seconds from 1 to 86400",
             "The longest wait between two attempts to log in.",
             [](std::string_view text, Config& config) {
                 auto& throttle = config.settings.login_throttle;
                 const bool valid = read_number<Seconds>(text, 1, 86'400, throttle.by_user.longest);
                 throttle.by_address.longest = throttle.by_browser.longest = throttle.by_user.longest;
                 return valid;
             }},
    Variable{"STILE_CLIENT_TRIES", "10", "a number from 1 to 1000000",
             "Failed authentications of one client from one address before each further one costs a growing wait.",
             [](std::string_view text, Config& config) {
                 return read_number(text, 1, 1'000'000, config.settings.client_throttle.free);
             }},
    Variable{"STILE_CLIENT_WAIT", "60", "a number of seconds from 1 to 86400",
             "The longest wait between two attempts of a client to authenticate.",
             [](std::string_view text, Config& config) {
                 return read_number<Seconds>(text, 1, 86'400, config.settings.client_throttle.longest);
             }},
    Variable{"STILE_THROTTLE_WINDOW", "3600", "a number of seconds from 1 to 86400",
             "How long it takes until as many failures as are free are forgotten, one by one.",
             [](std::string_view text, Config& config) {
                 auto& login = config.settings.login_throttle;
                 const bool valid = read_number<Seconds>(text, 1, 86'400, login.by_user.window);
                 for (auto* rule : {&login.by_browser, &login.by_address, &config.settings.client_throttle})
                     rule->window = login.by_user.window;
                 return valid;
             }},
    Variable{
        "STILE_CLIENT_CACHE", "5", "a number of seconds from 0 to 3600",
        "How long a process remembers a client's record; 0 reads it from Redis each time.",
        [](std::string_view text, Config& config) { return read_number<Seconds>(text, 0, 3600, config.client_cache); }},
    Variable{"STILE_KEY_FILE", "", "the path of a file", "A file with the master key of the signing keys.",
             [](std::string_view text, Config& config) {
                 config.key_file = text;
                 return !text.empty();
             },
             true},
    Variable{"STILE_KEY", "", "at least 32 bytes", "The master key itself, where a file will not do.",
             [](std::string_view text, Config& config) { return read_key(text, config.key); }, true},
    Variable{"STILE_SECRET_KEY", "", "at least 32 bytes", "The secret of HS256, shared with resource servers.",
             [](std::string_view text, Config& config) { return read_key(text, config.shared_secret); }, true},
    Variable{
        "STILE_KEY_AHEAD", "600", "a number of seconds from 0 to 604800",
        "How long a new signing key is published before it signs.",
        [](std::string_view text, Config& config) { return read_number<Seconds>(text, 0, 604'800, config.key_ahead); }},
    Variable{"STILE_EVENTS", "10000", "a number from 0 to 10000000",
             "Entries of the audit trail that Redis keeps; 0: it gets none.",
             [](std::string_view text, Config& config) {
                 return read_number<std::size_t>(text, 0, 10'000'000, config.events);
             }},
    Variable{"STILE_THREADS", "8", "a number from 1 to 256", "Threads of each function.",
             [](std::string_view text, Config& config) { return read_number(text, 1, 256, config.threads); }},
    Variable{
        "STILE_IDLE_EXIT", "0", "a number of seconds from 0 to 604800",
        "How long a function waits for a request before it ends itself, until systemd's socket starts it at the "
        "next; 0: for ever.",
        [](std::string_view text, Config& config) { return read_number<Seconds>(text, 0, 604'800, config.idle_exit); }},
    Variable{"STILE_REQUEST_LOG", "on", "on or off",
             "Whether each request is a line of the log; refusals and security events always are.",
             [](std::string_view text, Config& config) { return read_switch(text, config.logs_requests); }},
    Variable{"STILE_METRICS", "/run/stile/metrics", "an absolute path",
             "The folder in which the functions count what they do, for stile-metrics to add up.",
             [](std::string_view text, Config& config) {
                 config.metrics = text;
                 return text.starts_with('/');
             }},
    Variable{"STILE_HASHES_AT_ONCE", "2", "a number from 1 to 64",
             "Password hashes that one process computes at the same time, 19 MiB each.",
             [](std::string_view text, Config& config) { return read_number(text, 1, 64, config.hashes_at_once); }},
    Variable{"STILE_PAGES", "../share/stile/pages", "a folder with Stile's page templates",
             "Where the templates of the pages are; a relative path begins in the folder of the program.",
             [](std::string_view text, Config& config) {
                 config.pages.installed = (program_folder() / text).lexically_normal().string();
                 return !text.empty();
             }},
    Variable{"STILE_THEME", "", "an absolute path",
             "A folder with pages, a stylesheet or texts of your own, which come before those of STILE_PAGES.",
             [](std::string_view text, Config& config) {
                 config.pages.theme = text;
                 return text.starts_with('/');
             },
             true},
    Variable{"STILE_LANGUAGE", "en", "a language tag, such as en, de or fr",
             "The language of the pages for whoever asks for none that there is.",
             [](std::string_view text, Config& config) {
                 config.pages.language = text;
                 return is_language_tag(text);
             }},
};

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
        return refuse("is not there");
    if ((status.st_mode & 077) != 0)
        return refuse("may be read by others; chmod 600 it");
    std::ifstream file(config.key_file, std::ios::binary);
    Secret key(std::string(std::istreambuf_iterator<char>(file), {}));
    if (key.reveal().size() < least_key_length)
        return refuse("cannot be read or has less than 32 bytes");
    return key;
}

void forget_secrets_of_environment()
{
    for (const char* name : {"STILE_REDIS", "STILE_KEY", "STILE_SECRET_KEY"}) {
        if (char* value = std::getenv(name))
            ::explicit_bzero(value, std::strlen(value)); // where /proc/PID/environ shows it
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
