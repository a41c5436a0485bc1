// Logout tokens (OpenID Connect Back-Channel Logout §2.4) notify a client that a user has logged out.
#pragma once

#include "shared/base/clock.h"
#include "shared/crypto/jws.h"

#include <string>

namespace stile {

struct LogoutTokenClaims {
    std::string issuer;
    std::string subject; // the sub that the client knows
    std::string client_id; // aud
    std::string id; // jti: the same at every attempt
    std::string sid; // empty: all logins of the user
    Seconds issued_at = 0;
};

// Signed; it expires after two minutes (§4: a short time). The only error is too_large.
Expected<std::string, JwsError> sign_logout_token(const LogoutTokenClaims& claims, const SigningKey& key);

} // namespace stile
