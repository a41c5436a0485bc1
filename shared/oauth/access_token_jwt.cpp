#include "shared/oauth/access_token_jwt.h"

#include "shared/base/json.h"
#include "shared/base/strict_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace stile {

namespace {

std::string_view typ_of(JwsAlgorithm algorithm)
{
    return algorithm == JwsAlgorithm::hs256 ? "JWT" : "at+jwt";
}

std::string to_json(const AccessTokenClaims& claims)
{
    JsonMembers members = {{"iss", std::string_view(claims.issuer)}, {"sub", std::string_view(claims.subject)}};
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!value.empty())
            members.emplace_back(name, value);
    };
    add("aud", claims.audience);
    add("client_id", claims.client_id);
    add("scope", claims.scope);
    members.emplace_back("iat", claims.issued_at);
    members.emplace_back("exp", claims.expires_at);
    if (claims.auth_time > 0)
        members.emplace_back("auth_time", claims.auth_time);
    add("jti", claims.token_id);
    return json_object(members);
}

// An absent member is empty or 0; a member of another type than expected makes the whole token invalid.
class Reader {
public:
    explicit Reader(const nlohmann::json& object) : m_object(object) {}

    std::string text(const char* name)
    {
        const auto found = m_object.find(name);
        if (found == m_object.end())
            return {};
        m_is_good = m_is_good && found->is_string();
        return found->is_string() ? found->get<std::string>() : std::string();
    }
    Seconds number(const char* name)
    {
        const auto found = m_object.find(name);
        if (found == m_object.end())
            return 0;
        m_is_good = m_is_good && found->is_number_integer();
        return found->is_number_integer() ? found->get<Seconds>() : 0;
    }
    bool is_good() const { return m_is_good; }

private:
    const nlohmann::json& m_object;
    bool m_is_good = true;
};

std::optional<AccessTokenClaims> parse_claims(std::string_view payload)
{
    const auto object = parse_strict_object(payload);
    if (!object)
        return std::nullopt;
    Reader reader(*object);
    AccessTokenClaims claims = {reader.text("iss"),       reader.text("sub"),   reader.text("aud"),
                                reader.text("client_id"), reader.text("scope"), reader.text("jti"),
                                reader.number("iat"),     reader.number("exp"), reader.number("auth_time")};
    return reader.is_good() ? std::optional(std::move(claims)) : std::nullopt;
}

} // namespace

std::string audience_for(const Client& client, JwsAlgorithm algorithm, std::string_view issuer)
{
    return client.audience.empty() && is_proof(algorithm) ? std::string(issuer) : client.audience;
}

bool is_signed_token(std::string_view text)
{
    return std::ranges::count(text, '.') == 2;
}

Expected<std::string, JwsError> sign_access_token(const AccessTokenClaims& claims, const SigningKey& key)
{
    return sign_jws(to_json(claims), typ_of(key.algorithm()), key);
}

Expected<AccessTokenClaims, JwsError> read_access_token(std::string_view token, const JwkSet& keys,
                                                        std::string_view issuer, Seconds now)
{
    // RFC 9068 §4, in its order.
    const auto jws = TRY(verify_jws(token, keys, jws_algorithms));
    if (jws.header.typ != typ_of(jws.header.algorithm)) // an ID token is not an access token (RFC 8725 §3.11)
        return std::unexpected(JwsError::malformed);
    auto claims = parse_claims(jws.payload);
    if (!claims || claims->issuer != issuer || claims->expires_at <= now || claims->token_id.empty()
        || (claims->audience.empty() && is_proof(jws.header.algorithm)))
        return std::unexpected(JwsError::malformed);
    claims->algorithm = jws.header.algorithm;
    return std::move(*claims);
}

} // namespace stile
