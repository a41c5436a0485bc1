// ID tokens (OpenID Connect Core §2, §3.1.3.6): who has logged in, when and how, told to one client.
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
    std::string subject; // as the client knows them
    std::string client_id; // aud; there is no other audience, and so no azp
    Seconds issued_at = 0;
    Seconds expires_at = 0;
    Seconds auth_time = 0;
    std::string nonce; // empty: none was sent
    std::string amr; // words of RFC 8176; empty: not known
    std::string sid;
    UserClaims about_user{}; // only what was asked for one by one (§5.5)
};

// Signed, with the at_hash of the access token beside it (§3.1.3.6; not with EdDSA) and the acr that goes with the amr. Claims about the
// user whose text is no JSON, or whose name is the protocol's, are left out. Only too_large can be the error.
Expected<std::string, JwsError> sign_id_token(const IdTokenClaims& claims, std::string_view access_token,
                                              const SigningKey& key);

// What an ID token of ours said to whom, expired or not: id_token_hint.
struct IdTokenHint {
    std::string subject;
    std::string audience;
    std::string sid; // empty: none
};

// Nothing for a token that none of the keys has signed as an ID token of this issuer: no access token, no logout token,
// none without a signature (RFC 8725 §3.11). unknown_key when that is the reason.
Expected<IdTokenHint, JwsError> read_id_token(std::string_view token, const JwkSet& keys, std::string_view issuer);

} // namespace stile
