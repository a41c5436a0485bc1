// A registered client (RFC 6749 §2, metadata names of RFC 7591 §2).
#pragma once

#include "shared/base/clock.h"
#include "shared/crypto/jws_algorithm.h"
#include "shared/oauth/scope.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// RFC 7591 §2, token_endpoint_auth_method. `any_secret` is Stile's: a client with a secret whose registration names no
// method may send it in the header or in the body (some libraries vary even between their own requests).
enum class AuthMethod { any_secret, client_secret_basic, client_secret_post, none };

std::string_view to_string(AuthMethod method);
std::optional<AuthMethod> parse_auth_method(std::string_view text);

struct Client {
    std::string id;
    std::string name; // shown on pages; the id if none was given
    std::string secret_hash; // as crypto/password.h writes it; empty for public clients
    AuthMethod auth_method = AuthMethod::any_secret;
    std::vector<std::string> redirect_uris;
    Scope scope;
    std::vector<std::string> grant_types;
    bool require_pkce = false;
    bool introspects_any = false;
    Seconds refresh_grace = 0;
    Seconds registered_at = 0;
    std::optional<JwsAlgorithm> access_token_alg; // its access tokens are JWTs; opaque when there is none
    std::string audience; // what `aud` of those says; empty for the default

    // OpenID Connect Dynamic Client Registration §2, RP-Initiated Logout §2.1, Back-Channel Logout §2.2.
    JwsAlgorithm id_token_signed_response_alg = JwsAlgorithm::rs256;
    std::optional<JwsAlgorithm> userinfo_signed_response_alg; // plain JSON when there is none
    bool is_pairwise = false; // subject_type: its users have another `sub` than elsewhere (OpenID Connect Core §8.1)
    std::string pairwise_salt; // of all pairwise clients of this installation; empty if this one is not pairwise
    std::vector<std::string> post_logout_redirect_uris;
    std::string backchannel_logout_uri; // empty: it is not notified of logouts

    bool is_public() const { return auth_method == AuthMethod::none; }
    bool may_use(std::string_view grant_type) const;
};

// Is the text a client id? 1 to 128 of [A-Za-z0-9._~-], so that Basic credentials are the same encoded and raw, and
// Redis keys stay readable.
bool is_client_id(std::string_view text);

} // namespace stile
