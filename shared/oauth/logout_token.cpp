#include "shared/oauth/logout_token.h"

#include <nlohmann/json.hpp>

namespace stile {

namespace {

constexpr std::string_view typ = "logout+jwt"; // §2.4: so that no other kind of token is accepted as one
constexpr std::string_view event = "http://schemas.openid.net/event/backchannel-logout";
constexpr Seconds lifetime = 120;

} // namespace

Expected<std::string, JwsError> sign_logout_token(const LogoutTokenClaims& claims, const SigningKey& key)
{
    nlohmann::ordered_json token = {{"iss", claims.issuer},
                                    {"sub", claims.subject},
                                    {"aud", claims.client_id},
                                    {"iat", claims.issued_at},
                                    {"exp", claims.issued_at + lifetime},
                                    {"jti", claims.id}};
    token["events"][std::string(event)] = nlohmann::ordered_json::object();
    if (!claims.sid.empty())
        token["sid"] = claims.sid;
    return sign_jws(token.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), typ, key);
}

} // namespace stile
