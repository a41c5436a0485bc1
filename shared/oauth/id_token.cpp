#include "shared/oauth/id_token.h"

#include "shared/base/strict_json.h"
#include "shared/base/text.h"
#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "shared/oauth/amr.h"
#include "shared/oauth/claims.h"

#include <nlohmann/json.hpp>

#include <array>

namespace stile {

namespace {

constexpr std::string_view typ = "JWT";
constexpr std::array algorithms = {JwsAlgorithm::rs256, JwsAlgorithm::ps256, JwsAlgorithm::es256, JwsAlgorithm::eddsa};

// OpenID Connect Core §3.1.3.6: the left half of the digest that the signature uses. Nothing for EdDSA: no standard
// defines the digest, client libraries disagree, and those without one refuse the whole ID token.
std::string at_hash_of(std::string_view access_token, JwsAlgorithm algorithm)
{
    if (algorithm == JwsAlgorithm::eddsa)
        return {};
    const auto digest = sha256(access_token);
    return base64url_encode(std::string_view(digest).substr(0, digest.size() / 2));
}

std::string text_of(const nlohmann::json& object, const char* name)
{
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool has_number(const nlohmann::json& object, const char* name)
{
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer();
}

} // namespace

Expected<std::string, JwsError> sign_id_token(const IdTokenClaims& claims, std::string_view access_token,
                                              const SigningKey& key)
{
    nlohmann::ordered_json token = {{"iss", claims.issuer},     {"sub", claims.subject},
                                    {"aud", claims.client_id},  {"exp", claims.expires_at},
                                    {"iat", claims.issued_at},  {"auth_time", claims.auth_time},
                                    {"acr", acr_of(claims.amr)}};
    if (!claims.nonce.empty())
        token["nonce"] = claims.nonce;
    for (const auto method : split(claims.amr, ' '))
        token["amr"].push_back(method);
    if (auto at_hash = at_hash_of(access_token, key.algorithm()); !at_hash.empty())
        token["at_hash"] = std::move(at_hash);
    if (!claims.sid.empty())
        token["sid"] = claims.sid;
    for (const auto& [name, json] : claims.about_user)
        if (auto value = nlohmann::ordered_json::parse(json, nullptr, false);
            is_claim_name(name) && !value.is_discarded())
            token[name] = std::move(value);
    return sign_jws(token.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), typ, key);
}

Expected<IdTokenHint, JwsError> read_id_token(std::string_view token, const JwkSet& keys, std::string_view issuer)
{
    const auto jws = TRY(verify_jws(token, keys, algorithms));
    const auto claims = parse_strict_object(jws.payload);
    if (jws.header.typ != typ || !claims || text_of(*claims, "iss") != issuer || !has_number(*claims, "exp")
        || !has_number(*claims, "auth_time"))
        return std::unexpected(JwsError::malformed);
    IdTokenHint hint = {text_of(*claims, "sub"), text_of(*claims, "aud"), text_of(*claims, "sid")};
    if (hint.subject.empty() || hint.audience.empty())
        return std::unexpected(JwsError::malformed);
    return hint;
}

} // namespace stile
