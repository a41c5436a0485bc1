// Access tokens that resource servers can read by themselves (RFC 9068). `jti` is the first 18 characters of a split
// token: it names the record in Redis, through which the token can be looked up and revoked like an opaque one.
#pragma once

#include "shared/base/clock.h"
#include "shared/crypto/jws.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

struct AccessTokenClaims {
    std::string issuer;
    std::string subject; // the client itself when there is no user (RFC 9068 §2.2)
    std::string audience; // empty for none: only with HS256, where the shared secret says whom it is for
    std::string client_id;
    std::string scope;
    std::string token_id; // jti
    Seconds issued_at = 0;
    Seconds expires_at = 0;
    Seconds auth_time = 0; // 0: there is no user
    bool is_proof = true; // false after HS256: whoever verifies could have signed
};

// Has the text the form of a compact JWS? No other token of ours has a dot.
bool is_signed_token(std::string_view text);

// Header at+jwt (RFC 9068 §2.1); a shared secret's is a plain JWT, for libraries that know no other.
Expected<std::string, JwsError> sign_access_token(const AccessTokenClaims& claims, const SigningKey& key);

// The claims of a token that one of the keys has signed, that this issuer gave out as an access token, and that has
// not expired: no leeway, for issuer and judge are one. Nothing otherwise; unknown_key when that is the reason.
Expected<AccessTokenClaims, JwsError> read_access_token(std::string_view token, const JwkSet& keys,
                                                        std::string_view issuer, Seconds now);

} // namespace stile
