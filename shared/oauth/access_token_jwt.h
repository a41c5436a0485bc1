// Access tokens that resource servers can verify themselves (RFC 9068). `jti` is the first 18 characters of a split
// token: it names the record in Redis, with which the token can be looked up and revoked like an opaque one.
#pragma once

#include "shared/base/clock.h"
#include "shared/crypto/jws.h"
#include "shared/oauth/client.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

struct AccessTokenClaims {
    std::string issuer;
    std::string subject; // the client itself if there is no user (RFC 9068 §2.2)
    std::string audience; // empty: none, allowed only with HS256, where the shared secret determines the audience
    std::string client_id;
    std::string scope;
    std::string token_id; // jti
    Seconds issued_at = 0;
    Seconds expires_at = 0;
    Seconds auth_time = 0; // 0: there is no user
    JwsAlgorithm algorithm{}; // of the signature that was verified; without meaning when it is to be signed
};

// Does a signature with this algorithm prove that this server made it? Not with a shared secret: who can verify can sign.
constexpr bool is_proof(JwsAlgorithm algorithm)
{
    return algorithm != JwsAlgorithm::hs256;
}

// The `aud` of the client's signed access tokens. With a shared secret they are for the resource servers that have it, and
// name no audience by default: python-jose refuses an `aud` that it does not expect.
std::string audience_for(const Client& client, JwsAlgorithm algorithm, std::string_view issuer);

// Does the text have the format of a compact JWS? No other token of Stile contains a dot.
bool is_signed_token(std::string_view text);

// Header at+jwt (RFC 9068 §2.1); with a shared secret a plain JWT, for libraries that support no other type.
Expected<std::string, JwsError> sign_access_token(const AccessTokenClaims& claims, const SigningKey& key);

// The claims of an access token of this issuer that one of the keys has signed and that has not expired. There is no
// leeway, because issuer and verifier are the same server. Nothing otherwise; unknown_key if no key was found.
Expected<AccessTokenClaims, JwsError> read_access_token(std::string_view token, const JwkSet& keys,
                                                        std::string_view issuer, Seconds now);

} // namespace stile
