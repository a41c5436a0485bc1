#include "shared/config.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

using namespace stile;
using namespace std::string_literals;

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

// The smallest environment, with the variables of the test.
Expected<Config, std::string> read(Values values)
{
    values.try_emplace("STILE_ISSUER", "https://as.example");
    return read_config([&](std::string_view name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    });
}

Config config(const Values& values)
{
    auto config = read(values);
    REQUIRE(config.has_value());
    return config.take();
}

const Variable& variable(std::string_view name)
{
    const auto found = std::ranges::find(config_variables(), name, &Variable::name);
    REQUIRE(found != config_variables().end());
    return *found;
}

} // namespace

TEST_CASE("STILE-config-1 the defaults are those of the settings table")
{
    const auto defaults = config({});
    const auto& lifetimes = defaults.settings.lifetimes;
    CHECK(lifetimes.code == 300);
    CHECK(lifetimes.access_token == 300);
    CHECK(lifetimes.refresh_token == 900);
    CHECK(lifetimes.grant == 30 * 24 * 3600);
    CHECK(lifetimes.request == 600);
    CHECK(lifetimes.session == 8 * 3600);
    CHECK(lifetimes.consent == 90 * 24 * 3600);
    CHECK(defaults.settings.grant_types
          == std::vector<std::string>{"authorization_code", "refresh_token", "client_credentials"});
    CHECK_FALSE(defaults.settings.require_pkce);
    CHECK(defaults.settings.login_throttle.by_user.free == 10);
    CHECK(defaults.settings.login_throttle.by_address.free == 100);
    CHECK(defaults.settings.login_throttle.by_user.longest == 300);
    CHECK(defaults.settings.login_throttle.by_address.longest == 300);
    CHECK(defaults.settings.login_throttle.by_browser.free == 10);
    CHECK(defaults.settings.login_throttle.by_browser.longest == 300);
    CHECK(defaults.settings.client_throttle.free == 10);
    CHECK(defaults.settings.client_throttle.longest == 60);
    CHECK(defaults.settings.login_throttle.by_user.window == 3600);
    CHECK(defaults.settings.client_throttle.window == 3600);
    CHECK(lifetimes.known_browser == 90 * 24 * 3600);
    CHECK(defaults.redis.socket == "/run/redis/redis-server.sock");
    CHECK(defaults.redis.timeout_milliseconds == 1000);
    CHECK(defaults.client_cache == 5);
    CHECK(defaults.events == 10'000);
    CHECK(defaults.settings.login_program_secret.empty());
    CHECK(defaults.settings.login_throttle.exempt.empty());
    CHECK(defaults.helper_threads == 4);
    CHECK(defaults.notes.empty());
    CHECK(defaults.hashes_at_once == 2);
    CHECK(defaults.password_length == 8);
    CHECK(defaults.secret_length == 16);
    CHECK(defaults.password_list.empty());
    CHECK(defaults.pages.installed
          == std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "share/stile/pages");
}

TEST_CASE("STILE-config-2 each variable sets its own setting")
{
    const auto set = config({{"STILE_REDIS", "redis://token:secret@db.example:6380/2"},
                             {"STILE_REDIS_TIMEOUT", "250"},
                             {"STILE_CODE_TTL", "11"},
                             {"STILE_ACCESS_TTL", "12"},
                             {"STILE_REFRESH_TTL", "13"},
                             {"STILE_GRANT_TTL", "14"},
                             {"STILE_REQUEST_TTL", "15"},
                             {"STILE_SESSION_TTL", "16"},
                             {"STILE_CONSENT_TTL", "17"},
                             {"STILE_GRANT_TYPES", "refresh_token"},
                             {"STILE_REQUIRE_PKCE", "on"},
                             {"STILE_LOGIN_TRIES_PER_USER", "18"},
                             {"STILE_LOGIN_TRIES_PER_ADDRESS", "19"},
                             {"STILE_LOGIN_WAIT", "20"},
                             {"STILE_CLIENT_TRIES", "23"},
                             {"STILE_CLIENT_WAIT", "24"},
                             {"STILE_THROTTLE_WINDOW", "25"},
                             {"STILE_BROWSER_TTL", "26"},
                             {"STILE_CLIENT_CACHE", "0"},
                             {"STILE_EVENTS", "0"},
                             {"STILE_THREADS", "21"},
                             {"STILE_HASHES_AT_ONCE", "22"},
                             {"STILE_PAGES", "/pages"},
                             {"STILE_THEME", "/theme"},
                             {"STILE_LOGOUT_NETWORKS", "10.1.0.0/16,::1"},
                             {"STILE_DELIVER_SOCKET", "/run/deliver.sock"},
                             {"STILE_LANGUAGE", "pt-BR"},
                             {"STILE_EXEMPT_NETWORKS", "192.0.2.0/24"},
                             {"STILE_LOGIN_PROGRAM_SECRET", std::string(32, 'a')}});
    CHECK(set.settings.logout_networks == "10.1.0.0/16,::1");
    CHECK(set.settings.deliver_socket == "/run/deliver.sock");
    const auto& lifetimes = set.settings.lifetimes;
    CHECK(std::array{lifetimes.code, lifetimes.access_token, lifetimes.refresh_token, lifetimes.grant,
                     lifetimes.request, lifetimes.session, lifetimes.consent}
          == std::array<Seconds, 7>{11, 12, 13, 14, 15, 16, 17});
    CHECK(set.redis.host == "db.example");
    CHECK(set.redis.port == 6380);
    CHECK(set.redis.database == 2);
    CHECK(set.redis.user == "token");
    CHECK(set.redis.password.reveal() == "secret");
    CHECK(set.redis.timeout_milliseconds == 250);
    CHECK(set.settings.grant_types == std::vector<std::string>{"refresh_token"});
    CHECK(set.settings.require_pkce);
    CHECK(set.settings.login_throttle.by_user.free == 18);
    CHECK(set.settings.login_throttle.by_address.free == 19);
    CHECK(set.settings.login_throttle.by_user.longest == 20);
    CHECK(set.settings.login_throttle.by_address.longest == 20);
    CHECK(set.settings.login_throttle.by_browser.free == 18);
    CHECK(set.settings.login_throttle.by_browser.longest == 20);
    CHECK(set.settings.client_throttle.free == 23);
    CHECK(set.settings.client_throttle.longest == 24);
    for (const auto& rule : {set.settings.login_throttle.by_user, set.settings.login_throttle.by_browser,
                             set.settings.login_throttle.by_address, set.settings.client_throttle})
        CHECK(rule.window == 25);
    CHECK(lifetimes.known_browser == 26);
    CHECK(set.client_cache == 0);
    CHECK(set.events == 0);
    CHECK(set.helper_threads == 23); // one more than hashes
    CHECK(set.hashes_at_once == 22);
    CHECK(set.pages.installed == "/pages");
    CHECK(set.pages.theme == "/theme");
    CHECK(set.pages.language == "pt-BR");
    CHECK(is_in(set.settings.login_throttle.exempt, parse_ip_address("192.0.2.9").value()));
    CHECK(set.settings.login_program_secret.reveal() == std::string(32, 'a'));
}

TEST_CASE("STILE-config-3 a wrong value gives one line with the variable and the expected values, without the value")
{
    const auto [name, value] = GENERATE(table<std::string, std::string>({
        {"STILE_ISSUER", "hunter2"},
        {"STILE_REDIS", "redis://:hunter2@host:0"},
        {"STILE_REDIS_TIMEOUT", "9"},
        {"STILE_REDIS_TIMEOUT", "60001"},
        {"STILE_CODE_TTL", "0"},
        {"STILE_CODE_TTL", "601"},
        {"STILE_ACCESS_TTL", "0"},
        {"STILE_REFRESH_TTL", "-1"},
        {"STILE_GRANT_TTL", "315360001"},
        {"STILE_REQUEST_TTL", "99999999999999999999"},
        {"STILE_SESSION_TTL", "8h"},
        {"STILE_CONSENT_TTL", "1e3"},
        {"STILE_GRANT_TYPES", "authorization_code, refresh_token"},
        {"STILE_REQUIRE_PKCE", "ON"},
        {"STILE_REQUIRE_PKCE", "true"},
        {"STILE_LOGIN_TRIES_PER_USER", "0"},
        {"STILE_LOGIN_TRIES_PER_USER", "1000001"},
        {"STILE_LOGIN_TRIES_PER_ADDRESS", "0"},
        {"STILE_LOGIN_WAIT", "86401"},
        {"STILE_CLIENT_CACHE", "-1"},
        {"STILE_CLIENT_CACHE", "3601"},
        {"STILE_EVENTS", "-1"},
        {"STILE_EVENTS", "10000001"},
        {"STILE_THREADS", "257"},
        {"STILE_THREADS", "+8"},
        {"STILE_THREADS", " 8"},
        {"STILE_THREADS", "8\n"},
        {"STILE_HASHES_AT_ONCE", "65"},
        {"STILE_PASSWORD_LENGTH", "129"},
        {"STILE_PASSWORD_LIST", "list"},
        {"STILE_CLIENT_SECRET_LENGTH", "129"},
        {"STILE_PAGES", ""},
        {"STILE_THEME", "theme"},
        {"STILE_LOGOUT_NETWORKS", "10.0.0.1/8"},
        {"STILE_LOGOUT_NETWORKS", "everywhere"},
        {"STILE_DELIVER_SOCKET", "deliver.sock"},
        {"STILE_LANGUAGE", "../de"},
        {"STILE_EXEMPT_NETWORKS", "192.0.2.0/24 10.0.0.0/8"},
        {"STILE_LOGIN_PROGRAM_SECRET", std::string(31, 'a')},
        {"STILE_LOGIN_PROGRAM_SECRET", std::string(1025, 'a')},
        {"STILE_LOGIN_PROGRAM_SECRET", std::string(32, 'a') + ";"},
    }));
    CAPTURE(name, value);
    const auto wrong = read({{name, value}});
    REQUIRE_FALSE(wrong.has_value());
    CHECK(wrong.error() == name + " must be " + std::string(variable(name).expects));
    CHECK_FALSE(wrong.error().contains("hunter2"));
    CHECK_FALSE(wrong.error().contains('\n'));
}

TEST_CASE("STILE-config-4 an empty variable is refused, whichever it is")
{
    for (const auto& each : config_variables()) {
        CAPTURE(each.name);
        const auto wrong = read({{std::string(each.name), ""}});
        REQUIRE_FALSE(wrong.has_value());
        CHECK(wrong.error().starts_with(std::string(each.name) + " must be "));
    }
}

TEST_CASE("STILE-config-5 a setting without a default must be set")
{
    const auto nothing = read_config([](std::string_view) { return std::nullopt; });
    REQUIRE_FALSE(nothing.has_value());
    CHECK(nothing.error().starts_with("STILE_ISSUER is not set; it must be "));
}

TEST_CASE("STILE-config-6 every variable is listed once, has a description, and accepts its own default")
{
    std::vector<std::string_view> names;
    for (const auto& each : config_variables()) {
        CAPTURE(each.name);
        CHECK(each.name.starts_with("STILE_"));
        CHECK_FALSE(each.expects.empty());
        CHECK_FALSE(each.meaning.empty());
        if (!each.default_value.empty()) {
            CHECK(read({{std::string(each.name), std::string(each.default_value)}}).has_value());
        }
        names.push_back(each.name);
    }
    std::ranges::sort(names);
    CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("RFC8414-2-1 the issuer is https without query or fragment, or http on loopback, kept as written")
{
    const auto [issuer, path, is_https] = GENERATE(table<std::string, std::string, bool>({
        {"https://as.example", "", true},
        {"https://as.example:8443", "", true},
        {"https://as.example/tenant/1", "/tenant/1", true},
        {"https://AS.Example/A%20b", "/A%20b", true},
        {"https://[2001:db8::1]", "", true},
        {"http://localhost:8000", "", false},
        {"http://127.0.0.1:8000/oauth", "/oauth", false},
        {"http://[::1]", "", false},
    }));
    CAPTURE(issuer);
    const auto settings = config({{"STILE_ISSUER", issuer}}).settings;
    CHECK(settings.issuer == issuer);
    CHECK(settings.path == path);
    CHECK(settings.issuer_is_https == is_https);
}

TEST_CASE("RFC8414-2-1 any other issuer is refused")
{
    const auto [name, issuer] = GENERATE(table<std::string, std::string>({
        {"no scheme", "as.example"},
        {"relative", "/oauth"},
        {"http elsewhere", "http://as.example"},
        {"http on a host that begins like localhost", "http://localhost.evil.example"},
        {"http on a host that begins like loopback", "http://127.0.0.1.evil.example"},
        {"http on a host that begins like IPv6 loopback", "http://[::1].evil.example"},
        {"http on another address", "http://127.0.0.2"},
        {"another scheme", "ftp://as.example"},
        {"scheme in capitals", "HTTPS://as.example"},
        {"query", "https://as.example?x=1"},
        {"empty query", "https://as.example?"},
        {"fragment", "https://as.example#x"},
        {"empty fragment", "https://as.example#"},
        {"user name", "https://user@as.example"},
        {"trailing slash", "https://as.example/"},
        {"trailing slash behind a path", "https://as.example/oauth/"},
        {"no host", "https://"},
        {"no authority", "https:as.example"},
        {"port that is no number", "https://as.example:80x"},
        {"space", "https://as.example/a b"},
        {"space before", " https://as.example"},
        {"line feed behind", "https://as.example\n"},
        {"NUL behind", "https://as.example\0"s},
        {"quote", "https://as.example/\"x"},
        {"UTF-8", "https://\xc3\xa4s.example"},
    }));
    CAPTURE(name);
    CHECK_FALSE(read({{"STILE_ISSUER", issuer}}).has_value());
}

TEST_CASE("STILE-config-7 grant types are separated by commas, and none is empty")
{
    const auto value = GENERATE(",", "authorization_code,", ",refresh_token", "authorization_code,,refresh_token");
    CAPTURE(value);
    CHECK_FALSE(read({{"STILE_GRANT_TYPES", value}}).has_value());
}

TEST_CASE("STILE-config-8 settings are read from the environment of the process")
{
    ::setenv("STILE_TEST_VARIABLE", "value", 1);
    CHECK(process_environment("STILE_TEST_VARIABLE") == "value");
    ::setenv("STILE_TEST_VARIABLE", "", 1);
    CHECK(process_environment("STILE_TEST_VARIABLE") == "");
    ::unsetenv("STILE_TEST_VARIABLE");
    CHECK(process_environment("STILE_TEST_VARIABLE") == std::nullopt);
}

TEST_CASE(
    "STILE-config-9 a number of helper threads that makes no sense is accepted, with one line that says what counts")
{
    const auto [threads, hashes, helpers, is_noted] = GENERATE(table<std::string, std::string, int, bool>({
        {"8", "2", 8, false}, // the default of before
        {"3", "2", 3, false},
        {"2", "2", 3, true},
        {"1", "64", 65, true},
        {"66", "2", 66, false},
        {"67", "2", 66, true},
        {"256", "2", 66, true},
    }));
    CAPTURE(threads, hashes);
    const auto set = config({{"STILE_THREADS", threads}, {"STILE_HASHES_AT_ONCE", hashes}});
    CHECK(set.helper_threads == helpers);
    REQUIRE(set.notes.size() == (is_noted ? 1 : 0));
    if (is_noted)
        CHECK(set.notes[0].starts_with("STILE_THREADS is " + threads + ", but the process has "
                                       + std::to_string(helpers) + ": it is the number of helper threads"));
}

TEST_CASE("STILE-config-9 more hashes at once take more helper threads, of which nothing is said if none were set")
{
    const auto set = config({{"STILE_HASHES_AT_ONCE", "12"}});
    CHECK(set.helper_threads == 13);
    CHECK(set.notes.empty());
}
