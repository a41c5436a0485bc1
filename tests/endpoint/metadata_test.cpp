// GET /.well-known/oauth-authorization-server (RFC 8414): everything that it says is true.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

using namespace stile;
using namespace stile::test;

namespace {

using Json = nlohmann::ordered_json;
using Names = std::vector<std::string>;

constexpr const char* path = "/.well-known/oauth-authorization-server";

Json document_of(const Answer& answer)
{
    REQUIRE(answer.status == 200);
    return Json::parse(answer.body);
}

// A client of any kind that the metadata speaks of.
constexpr const char* everything_secret = "a-secret-of-43-characters-or-so-for-the-tests";

// PKCE of RFC 7636 appendix B.
constexpr const char* challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
constexpr const char* verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

bool has_null_or_empty(const Json& value)
{
    return value.is_null() || (value.is_structured() && value.empty())
           || (value.is_string() && value.get<std::string>().empty())
           || (value.is_structured() && std::ranges::any_of(value, has_null_or_empty));
}

Names names_of(const Json& document)
{
    Names names;
    for (const auto& entry : document.items())
        names.push_back(entry.key());
    return names;
}

struct Metadata : Instance {
    Caller client{*this};

    Json document() { return document_of(client.get(path)); }

    Metadata()
    {
        add_client({.id = "everything",
                    .redirect_uris = {demo_redirect},
                    .scope = scope_of("email"),
                    .grant_types = {"authorization_code", "refresh_token", "client_credentials"}},
                   everything_secret);
        add_client({.id = "open-everything",
                    .auth_method = AuthMethod::none,
                    .redirect_uris = {demo_redirect},
                    .scope = scope_of("email")});
    }

    // A request as a client that authenticates by `method`.
    Answer post_by(const std::string& method, const std::string& url, Parameters parameters)
    {
        Headers headers;
        if (method == "client_secret_basic") {
            headers.push_back(basic("everything", everything_secret));
        } else if (method == "client_secret_post") {
            parameters.emplace_back("client_id", "everything");
            parameters.emplace_back("client_secret", everything_secret);
        } else if (method == "none") {
            parameters.emplace_back("client_id", "open-everything");
        } else {
            FAIL("an authentication method that no test knows: " << method);
        }
        return client.post(url, parameters, headers);
    }

    // Tokens for the client that authenticates by `method`, from the advertised endpoints.
    Answer tokens_by(const std::string& method, const Json& metadata)
    {
        Browser browser(*this);
        const auto id = method == "none" ? "open-everything" : "everything";
        const auto code = browser.obtain_code(
            demo_request({{"client_id", id}, {"code_challenge", challenge}, {"code_challenge_method", "S256"}}));
        return post_by(method, metadata["token_endpoint"],
                       {{"grant_type", "authorization_code"},
                        {"code", code},
                        {"redirect_uri", demo_redirect},
                        {"code_verifier", verifier}});
    }
};

} // namespace

TEST_CASE_METHOD(Metadata, "RFC8414-3.2-1 the document is JSON, for everybody, without empty members")
{
    const auto answer = client.get(path);
    CHECK(answer.status == 200);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("cache-control") == "public, max-age=60");
    CHECK(answer.header("access-control-allow-origin") == "*");
    CHECK(answer.header("x-content-type-options") == "nosniff");
    CHECK(answer.header("set-cookie").empty());
    CHECK_FALSE(has_null_or_empty(document()));
}

TEST_CASE_METHOD(Metadata, "RFC8414-2-2 the members and their values")
{
    const auto metadata = document();
    const auto& base = issuer();
    const std::set<std::string> expected = {"issuer",
                                            "authorization_endpoint",
                                            "token_endpoint",
                                            "token_endpoint_auth_methods_supported",
                                            "jwks_uri",
                                            "introspection_endpoint",
                                            "introspection_endpoint_auth_methods_supported",
                                            "revocation_endpoint",
                                            "revocation_endpoint_auth_methods_supported",
                                            "userinfo_endpoint",
                                            "end_session_endpoint",
                                            "response_types_supported",
                                            "response_modes_supported",
                                            "grant_types_supported",
                                            "code_challenge_methods_supported",
                                            "authorization_response_iss_parameter_supported",
                                            "request_uri_parameter_supported"};
    const auto names = names_of(metadata);
    CHECK(names.size() == expected.size());
    for (const auto& name : names) {
        CAPTURE(name);
        CHECK(expected.contains(name)); // a new one needs a test that uses what it promises
    }
    CHECK(metadata["issuer"] == base);
    CHECK(metadata["authorization_endpoint"] == base + "/oauth/authorize");
    CHECK(metadata["token_endpoint"] == base + "/oauth/token");
    CHECK(metadata["introspection_endpoint"] == base + "/oauth/introspect");
    CHECK(metadata["revocation_endpoint"] == base + "/oauth/revoke");
    CHECK(metadata["response_types_supported"] == Json::array({"code"}));
    CHECK(metadata["userinfo_endpoint"] == base + "/oauth/userinfo");
    CHECK(metadata["end_session_endpoint"] == base + "/oauth/logout");
    CHECK(metadata["response_modes_supported"] == Json::array({"query", "form_post"}));
    CHECK(metadata["grant_types_supported"]
          == Json::array({"authorization_code", "refresh_token", "client_credentials"}));
    CHECK(metadata["code_challenge_methods_supported"] == Json::array({"S256"}));
    CHECK(metadata["authorization_response_iss_parameter_supported"] == true);
    CHECK(metadata["request_uri_parameter_supported"] == false);
    const auto with_secret = Json::array({"client_secret_basic", "client_secret_post"});
    const auto all = Json::array({"client_secret_basic", "client_secret_post", "none"});
    CHECK(metadata["token_endpoint_auth_methods_supported"] == all);
    CHECK(metadata["revocation_endpoint_auth_methods_supported"] == all);
    CHECK(metadata["introspection_endpoint_auth_methods_supported"] == with_secret);
}

TEST_CASE_METHOD(Metadata,
                 "STILE-metadata-1 every endpoint works at its address, by every authentication method that it lists")
{
    const auto metadata = document();
    std::set<std::string> called;
    const auto methods = [&](const char* endpoint) {
        called.insert(endpoint);
        return metadata.at(std::string(endpoint) + "_auth_methods_supported").get<Names>();
    };
    for (const auto& method : methods("token_endpoint")) {
        CAPTURE(method);
        const auto tokens = tokens_by(method, metadata);
        CHECK(tokens.status == 200);
        const auto next =
            post_by(method, metadata["token_endpoint"],
                    {{"grant_type", "refresh_token"}, {"refresh_token", member(tokens, "refresh_token")}});
        CHECK(next.status == 200);
    }
    for (const auto& method : methods("introspection_endpoint")) {
        CAPTURE(method);
        const auto token = member(tokens_by(method, metadata), "access_token");
        CHECK(member(post_by(method, metadata["introspection_endpoint"], {{"token", token}}), "active") == "true");
    }
    for (const auto& method : methods("revocation_endpoint")) {
        CAPTURE(method);
        const auto tokens = tokens_by(method, metadata);
        const auto token = member(tokens, "refresh_token");
        CHECK(post_by(method, metadata["revocation_endpoint"], {{"token", token}}).status == 200);
        const auto next =
            post_by(method, metadata["token_endpoint"], {{"grant_type", "refresh_token"}, {"refresh_token", token}});
        CHECK(member(next, "error") == "invalid_grant");
    }
    const auto authorize = metadata["authorization_endpoint"].get<std::string>();
    called.insert("authorization_endpoint");
    CHECK(client.get(authorize + "?" + encode(demo_request())).status == 303);
    for (const auto* endpoint : {"userinfo_endpoint", "end_session_endpoint"}) { // tests of their own say the rest
        called.insert(endpoint);
        CHECK(client.get(metadata[endpoint].get<std::string>()).status != 404);
    }
    for (const auto& name : names_of(metadata))
        if (name.ends_with("_endpoint"))
            CHECK(called.contains(name));
}

TEST_CASE_METHOD(Metadata,
                 "STILE-metadata-2 an authentication method that an endpoint does not list does not work there")
{
    const auto metadata = document();
    const auto answer = post_by("none", metadata["introspection_endpoint"], {{"token", std::string(42, 'a')}});
    CHECK(answer.status == 401);
}

TEST_CASE_METHOD(Metadata,
                 "STILE-metadata-3 every grant type, response type, challenge method and iss that it lists works")
{
    const auto metadata = document();
    const std::string basic_method = "client_secret_basic";
    for (const auto& grant_type : metadata["grant_types_supported"].get<Names>()) {
        CAPTURE(grant_type);
        Parameters parameters = {{"grant_type", grant_type}};
        if (grant_type == "refresh_token")
            parameters.emplace_back("refresh_token", member(tokens_by(basic_method, metadata), "refresh_token"));
        else if (grant_type == "authorization_code")
            parameters = {{"grant_type", grant_type},
                          {"code", Browser(*this).obtain_code(demo_request({{"client_id", "everything"}}))},
                          {"redirect_uri", demo_redirect}};
        CHECK(post_by(basic_method, metadata["token_endpoint"], parameters).status == 200);
    }
    for (const auto& response_type : metadata["response_types_supported"].get<Names>()) {
        CAPTURE(response_type);
        Browser browser(*this);
        const auto location = browser.location_after_approval(demo_request({{"response_type", response_type}}));
        CHECK(value_of(query_of(location), "code").size() == 42);
        CHECK(value_of(query_of(location), "iss") == metadata["issuer"].get<std::string>());
        CHECK_FALSE(location.contains('#'));
    }
    for (const auto& method : metadata["code_challenge_methods_supported"].get<Names>()) {
        CAPTURE(method);
        CHECK(method == "S256"); // tokens_by() has used it
    }
}

TEST_CASE("RFC8414-3.3-1 the issuer is that of the configuration, with its path, which all endpoints begin with")
{
    const auto [base, below] = GENERATE(table<std::string, std::string>({
        {"https://login.example.org", ""},
        {"https://example.org/tenant/a", "/tenant/a"},
        {"http://localhost/x", "/x"},
    }));
    Instance instance(Instance::Variables{{"STILE_ISSUER", base}});
    Caller own(instance);
    const auto metadata = document_of(own.get(path));
    CHECK(metadata["issuer"] == base);
    for (const auto& [name, value] : metadata.items())
        if (name.ends_with("_endpoint")) {
            CAPTURE(name);
            const auto url = value.get<std::string>();
            CHECK(url.starts_with(base + "/oauth/"));
            CHECK(own.get(url).status != 404);
        }
    const std::string request = below
                                + "/oauth/authorize?client_id=test_client&response_type=code"
                                  "&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect&scope=";
    CHECK(value_of(query_of(own.get(request + "nonsense").location()), "iss") == base);
    const auto login = own.get(request + "email").location();
    CHECK(login.starts_with(below + "/login?request="));
    CHECK(own.get(login).status == 200);
}

TEST_CASE_METHOD(Metadata, "STILE-metadata-4 an endpoint that is taken out of nginx's list is not advertised")
{
    const auto [name, gone] = GENERATE(table<std::string, std::string>({
        {"revoke", "revocation_endpoint"},
        {"introspect", "introspection_endpoint"},
        {"authorize", "authorization_endpoint"},
        {"userinfo", "userinfo_endpoint"},
        {"logout", "end_session_endpoint"},
    }));
    CAPTURE(name);
    endpoints.erase(endpoints.find(name), name.size() + 1);
    const auto metadata = document();
    CHECK_FALSE(metadata.contains(gone));
    CHECK_FALSE(metadata.contains(gone + "_auth_methods_supported"));
    for (const char* endpoint : {"authorization_endpoint", "token_endpoint", "introspection_endpoint",
                                 "revocation_endpoint", "userinfo_endpoint", "end_session_endpoint"})
        CHECK(metadata.contains(endpoint) == (endpoint != gone));
}

TEST_CASE("STILE-metadata-5 without a grant type that needs it, the authorization endpoint is not advertised")
{
    Instance instance(Instance::Variables{{"STILE_GRANT_TYPES", "client_credentials"}});
    Caller own(instance);
    const auto metadata = document_of(own.get(path));
    CHECK(metadata["grant_types_supported"] == Json::array({"client_credentials"}));
    CHECK_FALSE(metadata.contains("authorization_endpoint"));
}

TEST_CASE_METHOD(Metadata, "RFC9110-9.1-2 the document answers HEAD as GET, and nothing else")
{
    const auto head = client.request("HEAD", path);
    CHECK(head.status == 200);
    CHECK(head.header("content-type") == "application/json");
    CHECK(head.body.empty());
    CHECK(client.get(path).status == 200); // a HEAD has not spoilt what is kept
    CHECK_FALSE(client.get(path).body.empty());
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
        CAPTURE(method);
        const auto answer = client.request(method, path);
        CHECK(answer.status == 405);
        CHECK(answer.header("allow").contains("GET"));
    }
}
