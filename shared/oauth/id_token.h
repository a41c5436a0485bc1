// ID tokens (OpenID Connect Core §2, §3.1.3.6): which user has logged in, when and how, for one client.
#pragma once

#include "shared/base/clock.h"
#include "shared/crypto/jws.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

using UserClaims = std::vector<std::pair<std::string, std::string>>; // names, and values as JSON text

struct IdTokenClaims {
    std::string issuer;
    std::string subject; // the sub that the client knows
    std::string client_id; // aud; the only audience, so there is no azp
    Seconds issued_at = 0;
    Seconds expires_at = 0;
    Seconds auth_time = 0;
    std::string nonce; // empty: none was sent
    std::string amr; // words of RFC 8176; empty: unknown
    std::string sid;
    UserClaims about_user{}; // only claims that were requested one by one (§5.5)
};

// Signed, with the at_hash of the access token issued with it (§3.1.3.6; not for EdDSA) and the acr for the amr. Claims
// about the user whose text is not JSON, or whose name is one of the protocol's, are left out. The only error is
// too_large.
Expected<std::string, JwsError> sign_id_token(const IdTokenClaims& claims, std::string_view access_token,
                                              const SigningKey& key);

// The claims of an ID token of this server, expired or not: id_token_hint.
struct IdTokenHint {
    std::string subject;
    std::string audience;
    std::string sid; // empty: none
};

// Nothing for a token that none of the keys has signed as an ID token of this issuer, such as an access token, a logout
// token or an unsigned one (RFC 8725 §3.11). unknown_key if no key was found.
Expected<IdTokenHint, JwsError> read_id_token(std::string_view token, const JwkSet& keys, std::string_view issuer);

} // namespace stile
