// The parameter `claims` (shared/oauth/claims_request), and what an ID token makes of a user's record.
#include "shared/oauth/claims.h"
#include "shared/crypto/base64.h"
#include "shared/oauth/claims_request.h"
#include "shared/oauth/id_token.h"
#include "tests/fuzz/support/fuzz.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace stile::fuzz {

namespace {

void check_names(const std::vector<std::string>& names)
{
    HOLDS(std::set<std::string>(names.begin(), names.end()).size() == names.size());
    for (const auto& name : names) {
        HOLDS(is_claim_name(name)); // and so no space, which separates them in Redis
        HOLDS(!scope_of_claim(name).empty() && scope_of_claim(name) != "openid");
    }
}

void check_request(std::string_view json)
{
    const auto request = parse_claims_request(json);
    if (!request)
        return HOLDS(request.error().code == ErrorCode::invalid_request);
    check_names(request->userinfo);
    check_names(request->id_token);
    HOLDS(request->userinfo.size() <= 64 && request->id_token.size() <= 64);
}

// Whatever a record says, the token is about whom it is about.
void check_token(std::string_view name, std::string_view json)
{
    static const auto key = SigningKey::from_shared_secret(Secret(std::string(32, 'k')));
    IdTokenClaims claims = {.issuer = "https://login.example", .subject = "alice", .client_id = "app"};
    claims.about_user = {{std::string(name), std::string(json)}};
    const auto token = sign_id_token(claims, "access token", *key);
    if (!token)
        return HOLDS(token.error() == JwsError::too_large);
    const auto first = token->find('.');
    const auto payload =
        nlohmann::json::parse(*base64url_decode(token->substr(first + 1, token->rfind('.') - first - 1)));
    HOLDS(payload["sub"] == "alice" && payload["aud"] == "app" && payload["iss"] == "https://login.example");
    HOLDS(payload["acr"] == "0" && !payload.contains("sid") && !payload.contains("nonce"));
    HOLDS(!payload.contains(std::string(name)) || is_claim_name(name) || name.size() <= 9);
}

} // namespace

void fuzz(std::string_view input)
{
    check_request(input);
    const auto given = lines(input, 2);
    check_token(given[0], given[1]);
}

} // namespace stile::fuzz
