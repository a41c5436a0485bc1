#include "shared/oauth/client_settings.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <set>

using namespace stile;

namespace {

const ClientSetting& setting_named(std::string_view name)
{
    const auto settings = client_settings();
    const auto found = std::ranges::find(settings, name, &ClientSetting::name);
    REQUIRE(found != settings.end());
    return *found;
}

// A client that may be registered.
Client valid_client()
{
    auto client = default_client("app");
    client.redirect_uris = {"https://app.example/cb"};
    return client;
}

// A value of each setting that is not its default.
const auto other_values = std::vector<std::pair<std::string, SettingValue>>{
    {"name", "The App"},
    {"redirect_uris", std::vector<std::string>{"https://a.example/", "https://b.example/"}},
    {"scope", "email profile"},
    {"grant_types", std::vector<std::string>{"client_credentials"}},
    {"token_endpoint_auth_method", "client_secret_post"},
    {"require_pkce", true},
    {"introspect", "any"},
    {"refresh_grace", Seconds{30}},
    {"access_token_alg", "HS256"},
    {"audience", "https://api.example"},
    {"id_token_signed_response_alg", "EdDSA"},
    {"userinfo_signed_response_alg", "PS256"},
    {"subject_type", "pairwise"},
    {"post_logout_redirect_uris", std::vector<std::string>{"https://a.example/bye"}},
    {"backchannel_logout_uri", "https://a.example/logout"},
};

} // namespace

TEST_CASE("STILE-client-9 no two settings share a name, an option or a meaning")
{
    std::set<std::string_view> names, options;
    for (const auto& setting : client_settings()) {
        CAPTURE(setting.name);
        CHECK(names.insert(setting.name).second);
        CHECK(options.insert(setting.option).second);
        CHECK_FALSE(setting.meaning.empty());
        CHECK_FALSE(setting.meaning.ends_with('.'));
        const bool is_flag = std::holds_alternative<bool>(setting.value(Client()));
        CHECK(expected_values(setting).empty() == is_flag);
        INFO("add a value that is not its default to other_values, at the top of client_settings_test.cpp");
        CHECK(std::ranges::find(other_values, setting.name, &std::pair<std::string, SettingValue>::first)
              != other_values.end());
    }
}

TEST_CASE("STILE-client-10 a setting comes back from its value and from its field as it was")
{
    for (const auto& [name, value] : other_values) {
        CAPTURE(name);
        const auto& setting = setting_named(name);
        auto client = default_client("app");
        CHECK(setting.value(client) != value);
        REQUIRE(assign(client, setting, value).has_value());
        CHECK(setting.value(client) == value);
        for (const auto& other : client_settings())
            if (other.name != setting.name)
                CHECK(other.value(client) == other.value(default_client("app")));
        auto restored = default_client("app");
        setting.restore(restored, setting.stored(client));
        CHECK(setting.value(restored) == value);
        reset(client, setting);
        CHECK(setting.value(client) == setting.value(default_client("app")));
    }
}

TEST_CASE("STILE-client-11 a setting takes only values of its type and from its list")
{
    const auto [name, value, why] = GENERATE(table<std::string, SettingValue, std::string>({
        {"name", true, "must be at most 200 bytes without control and invisible characters"},
        {"require_pkce", "yes", "must be "},
        {"refresh_grace", "30", "must be 0 to 300 seconds"},
        {"redirect_uris", "https://app.example/", "must be an absolute URI"},
        {"scope", "a\"b", "must be at most 64 words, separated by single spaces"},
        {"grant_types", std::vector<std::string>{"authorization_code", "implicit"},
         "must be authorization_code, refresh_token, "},
        {"token_endpoint_auth_method", "private_key_jwt",
         "must be client_secret_basic, client_secret_post, any_secret or none"},
        {"token_endpoint_auth_method", "", "must be client_secret_basic, client_secret_post, any_secret or none"},
        {"introspect", "", "must be own or any"},
        {"access_token_alg", "none", "must be RS256, PS256, ES256, EdDSA or HS256"},
        {"id_token_signed_response_alg", "HS256", "must be RS256, PS256, ES256 or EdDSA"},
        {"id_token_signed_response_alg", "", "must be RS256, PS256, ES256 or EdDSA"},
        {"userinfo_signed_response_alg", "HS256", "must be RS256, PS256, ES256 or EdDSA"},
        {"subject_type", "Pairwise", "must be public or pairwise"},
    }));
    CAPTURE(name);
    auto client = valid_client();
    const auto assigned = assign(client, setting_named(name), value);
    REQUIRE_FALSE(assigned.has_value());
    CHECK(assigned.error().setting == name);
    CHECK(assigned.error().why.starts_with(why));
    CHECK(assigned.error().index == (name == "grant_types" ? std::optional<std::size_t>(1) : std::nullopt));
    CHECK(setting_named(name).value(client) == setting_named(name).value(valid_client()));
}

TEST_CASE("STILE-client-12 a field that Stile does not write counts as the strictest value")
{
    const auto [name, stored, value] = GENERATE(table<std::string, std::string, SettingValue>({
        {"scope", "a\"b", ""},
        {"token_endpoint_auth_method", "tls", "client_secret_basic"},
        {"require_pkce", "", false},
        {"introspect", "", "own"},
        {"introspect", "all", "own"},
        {"refresh_grace", "soon", Seconds{0}},
        {"access_token_alg", "none", ""},
        {"id_token_signed_response_alg", "", "RS256"},
        {"id_token_signed_response_alg", "none", "RS256"},
        {"userinfo_signed_response_alg", "none", ""},
        {"grant_types", "", std::vector<std::string>{}},
    }));
    CAPTURE(name, stored);
    Client client;
    setting_named(name).restore(client, stored);
    CHECK(setting_named(name).value(client) == value);
}

TEST_CASE("STILE-client-13 a client that may not be registered is refused with the setting that is wrong")
{
    using Spoil = void (*)(Client&);
    const auto [setting, why, spoil] = GENERATE(table<std::string, std::string, Spoil>({
        {"client_id", "must be 1 to 128", [](Client& client) { client.id = "a b"; }},
        {"name", "must be at most 200 bytes", [](Client& client) { client.name = "a\nb"; }},
        {"name", "must be at most 200 bytes", [](Client& client) { client.name = std::string(201, 'a'); }},
        {"redirect_uris", "is missing", [](Client& client) { client.redirect_uris.clear(); }},
        {"redirect_uris", "http://a.example/ is http",
         [](Client& client) { client.redirect_uris = {"http://a.example/"}; }},
        {"grant_types", "client_credentials is not for a public client",
         [](Client& client) {
             client.auth_method = AuthMethod::none;
             client.grant_types = {"client_credentials"};
         }},
        {"grant_types", "must be authorization_code", [](Client& client) { client.grant_types.emplace_back("implicit"); }},
        {"id_token_signed_response_alg", "must be RS256",
         [](Client& client) { client.id_token_signed_response_alg = JwsAlgorithm::hs256; }},
        {"refresh_grace", "must be 0 to 300", [](Client& client) { client.refresh_grace = 301; }},
        {"refresh_grace", "must be 0 to 300", [](Client& client) { client.refresh_grace = -1; }},
        {"audience", "is for JWT access tokens", [](Client& client) { client.audience = "https://api.example"; }},
        {"audience", "must be a URI",
         [](Client& client) {
             client.access_token_alg = JwsAlgorithm::es256;
             client.audience = "a b";
         }},
        {"subject_type", "pairwise needs redirect URIs with one host",
         [](Client& client) {
             client.is_pairwise = true;
             client.redirect_uris = {"https://a.example/", "https://b.example/"};
         }},
        {"post_logout_redirect_uris", "has a fragment",
         [](Client& client) { client.post_logout_redirect_uris = {"https://a.example/#x"}; }},
        {"backchannel_logout_uri", "must begin with https:",
         [](Client& client) { client.backchannel_logout_uri = "com.example.app:/logout"; }},
        {"backchannel_logout_uri", "must begin with https:",
         [](Client& client) { client.backchannel_logout_uri = "ftp://a.example/"; }},
        {"backchannel_logout_uri", "is http", [](Client& client) { client.backchannel_logout_uri = "http://a/"; }},
    }));
    CAPTURE(setting, why);
    CHECK(checked_client(valid_client()).has_value());
    auto client = valid_client();
    spoil(client);
    const auto checked = checked_client(client);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().setting == setting);
    CHECK(checked.error().why.contains(why));
}

TEST_CASE("STILE-client-14 a client without a name is called by its id")
{
    auto checked = checked_client(valid_client());
    REQUIRE(checked.has_value());
    CHECK(checked->name == "app");
}
