// Each fact has one source: grant types come from the configuration, endpoints from the nginx location of this request
// (beside the locations that it names), the rest from the code. So the document cannot announce what is not supported.
#include "functions/metadata/metadata.h"

#include "shared/base/text.h"
#include "shared/endpoint/respond.h"
#include "shared/oauth/amr.h"
#include "shared/oauth/claims.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace stile::metadata {

namespace {

using Json = nlohmann::ordered_json;

constexpr Seconds cache_lifetime = 60; // also how long nginx goes on with an older configuration
constexpr std::string_view jwks_path = "/.well-known/jwks.json";
constexpr std::string_view openid_path = "/.well-known/openid-configuration";

struct Endpoint {
    std::string_view name; // the function
    std::string_view member; // RFC 8414 §2
    std::string_view path;
};

constexpr std::array endpoints = {
    Endpoint{"authorize", "authorization_endpoint", "/oauth/authorize"},
    Endpoint{"token", "token_endpoint", "/oauth/token"},
    Endpoint{"introspect", "introspection_endpoint", "/oauth/introspect"},
    Endpoint{"revoke", "revocation_endpoint", "/oauth/revoke"},
    Endpoint{"userinfo", "userinfo_endpoint", "/oauth/userinfo"}, // OpenID Connect Discovery §3
    Endpoint{"logout", "end_session_endpoint", "/oauth/logout"}, // OpenID Connect RP-Initiated Logout §2.1
};

// The endpoints where clients authenticate.
constexpr std::array authenticating = {std::string_view("token"), std::string_view("introspect"),
                                       std::string_view("revoke")};

// The authentication methods of each endpoint (endpoint/client_auth). Introspection refuses public clients.
void add_auth_methods(Json& document, const std::string& member)
{
    const auto methods = Json::array({"client_secret_basic", "client_secret_post"});
    document[member + "_auth_methods_supported"] = methods;
    if (member != "introspection_endpoint")
        document[member + "_auth_methods_supported"].push_back("none");
}

// The endpoints that nginx serves, each with its authentication methods.
void add_endpoints(Json& document, const Request& request, const Settings& settings)
{
    for (const auto name : split(request.endpoints, ' ')) {
        if (name == "jwks")
            document["jwks_uri"] = settings.issuer + std::string(jwks_path);
        const auto endpoint = std::ranges::find(endpoints, name, &Endpoint::name);
        if (endpoint == endpoints.end() || (name == "authorize" && !settings.offers("authorization_code")))
            continue;
        const std::string member(endpoint->member);
        document[member] = settings.issuer + std::string(endpoint->path);
        if (std::ranges::find(authenticating, name) != authenticating.end())
            add_auth_methods(document, member);
    }
}

// OpenID Connect ------------------------------------------------------------------------------------------------------

// The algorithms for ID tokens and userinfo: those with a key for tokens.
Json signing_algorithms(const KnownKeys& known)
{
    Json names = Json::array();
    for (const auto algorithm : jws_algorithms)
        for (const auto& key : known.keys)
            if (key.verifies->algorithm() == algorithm && key.record.purpose == KeyPurpose::tokens
                && std::find(names.begin(), names.end(), Json(to_string(algorithm))) == names.end())
                names.push_back(to_string(algorithm));
    return names;
}

Json claims_supported()
{
    Json names = {"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"};
    for (const auto claim : standard_claims())
        names.push_back(claim);
    return names;
}

// OpenID Connect Discovery §3; RP-Initiated Logout §2.1, Back-Channel Logout §2.1.
void add_openid(Json& document, const KnownKeys& known)
{
    const auto algorithms = signing_algorithms(known);
    document["scopes_supported"] = standard_scopes();
    document["subject_types_supported"] = {"public", "pairwise"};
    document["id_token_signing_alg_values_supported"] = algorithms;
    document["claim_types_supported"] = {"normal"};
    document["claims_supported"] = claims_supported();
    document["claims_parameter_supported"] = true;
    document["acr_values_supported"] = acr_values;
    document["prompt_values_supported"] = {"none", "login", "consent", "select_account"};
    document["display_values_supported"] = {"page"};
    document["request_parameter_supported"] = false;
    document["require_request_uri_registration"] = false;
    if (document.contains("userinfo_endpoint"))
        document["userinfo_signing_alg_values_supported"] = algorithms;
    if (document.contains("end_session_endpoint")) {
        document["backchannel_logout_supported"] = true;
        document["backchannel_logout_session_supported"] = true;
    }
}

// RFC 8414 §2. Needs no Redis.
Json describe(const Request& request, const Settings& settings)
{
    Json document = {{"issuer", settings.issuer}};
    add_endpoints(document, request, settings);
    document["response_types_supported"] = Json::array(); // RFC 8414 §2: required, even if empty
    document["grant_types_supported"] = settings.grant_types;
    if (document.contains("authorization_endpoint")) {
        document["response_types_supported"] = {"code"};
        document["response_modes_supported"] = {"query", "form_post"};
        document["code_challenge_methods_supported"] = {"S256"};
        document["authorization_response_iss_parameter_supported"] = true; // RFC 9207 §3
        document["request_uri_parameter_supported"] = false; // OpenID Connect Discovery §3: true when absent
    }
    return document;
}

Response key_set(const KnownKeys& known)
{
    auto response = public_document(known.published.to_json(), cache_lifetime);
    response.add_header("X-Accel-Expires", "5"); // nginx refreshes it sooner: a new key must be visible before it signs
    return response;
}

Response openid_configuration(const Request& request, const KnownKeys& known, const Settings& settings)
{
    auto document = describe(request, settings);
    add_openid(document, known);
    return public_document(document.dump(), cache_lifetime);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    if (request.method != "GET" && request.method != "HEAD") // RFC 9110 §9.1
        return json_method_not_allowed("GET, HEAD");
    const bool asks_for_keys = request.path.ends_with(jwks_path);
    if (!asks_for_keys && !request.path.ends_with(openid_path))
        return public_document(describe(request, context.settings).dump(), cache_lifetime);
    const auto known = context.key_ring.current(context.signing_keys);
    if (!known)
        return json_error(known.error(), request, context);
    return asks_for_keys ? key_set(**known) : openid_configuration(request, **known, context.settings);
}

} // namespace stile::metadata
