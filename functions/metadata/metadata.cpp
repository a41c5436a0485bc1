// Nothing here is written down twice: grant types come from the configuration, endpoints from the nginx location that
// asks (it stands beside the locations that it names), the rest from what is compiled in. So the document cannot
// promise what does not work.
#include "functions/metadata/metadata.h"

#include "shared/base/text.h"
#include "shared/endpoint/respond.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace stile::metadata {

namespace {

using Json = nlohmann::ordered_json;

constexpr Seconds cache_lifetime = 60; // also how long nginx goes on with an older configuration
constexpr std::string_view jwks_path = "/.well-known/jwks.json";

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
};

// How clients authenticate where (endpoint/client_auth); introspection tells public clients nothing.
void add_auth_methods(Json& document, const std::string& member)
{
    const auto methods = Json::array({"client_secret_basic", "client_secret_post"});
    document[member + "_auth_methods_supported"] = methods;
    if (member != "introspection_endpoint")
        document[member + "_auth_methods_supported"].push_back("none");
}

// The endpoints that nginx says it serves, each with the ways to authenticate there.
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
        if (name != "authorize")
            add_auth_methods(document, member);
    }
}

Json describe(const Request& request, const Settings& settings)
{
    Json document = {{"issuer", settings.issuer}};
    add_endpoints(document, request, settings);
    document["response_types_supported"] = Json::array(); // RFC 8414 §2: required, even where there is none
    document["grant_types_supported"] = settings.grant_types;
    if (document.contains("authorization_endpoint")) {
        document["response_types_supported"] = {"code"};
        document["response_modes_supported"] = {"query"};
        document["code_challenge_methods_supported"] = {"S256"};
        document["authorization_response_iss_parameter_supported"] = true; // RFC 9207 §3
        document["request_uri_parameter_supported"] = false; // OpenID Connect Discovery §3: true when absent
    }
    return document;
}

Response key_set(const Request& request, Context& context)
{
    const auto known = context.key_ring.current(context.signing_keys);
    if (!known)
        return json_error(known.error(), request, context);
    auto response = public_document((*known)->published.to_json(), cache_lifetime);
    response.add_header("X-Accel-Expires", "5"); // nginx asks again sooner: a new key is to show before it signs
    return response;
}

} // namespace

Response handle(const Request& request, Context& context)
{
    if (request.method != "GET" && request.method != "HEAD") // RFC 9110 §9.1
        return json_method_not_allowed("GET, HEAD");
    if (request.path.ends_with(jwks_path))
        return key_set(request, context);
    return public_document(describe(request, context.settings).dump(), cache_lifetime);
}

} // namespace stile::metadata
