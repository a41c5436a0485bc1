// The grant types that are compiled in: a name and a file each. shared/oauth/grant_type.h has the same names, for
// the settings and the metadata; a test compares.
#pragma once

#include "shared/endpoint/client_auth.h"
#include "shared/endpoint/context.h"
#include "shared/http/form.h"
#include "shared/oauth/token_response.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace stile::token {

// A token request whose client has authenticated.
struct TokenRequest {
    const Request& http;
    const Form& form; // its body
    const AuthenticatedClient& client;
};

// Each gives what to answer.
Result<TokenResponse> authorization_code(const TokenRequest& request, Context& context);
Result<TokenResponse> client_credentials(const TokenRequest& request, Context& context);
Result<TokenResponse> password(const TokenRequest& request, Context& context);
Result<TokenResponse> refresh_token(const TokenRequest& request, Context& context);

struct GrantType {
    std::string_view name; // the value of grant_type
    Result<TokenResponse> (*issue)(const TokenRequest&, Context&);
};

inline constexpr std::array grant_types = {
    GrantType{"authorization_code", authorization_code},
    GrantType{"refresh_token", refresh_token},
    GrantType{"client_credentials", client_credentials},
    GrantType{"password", password},
};

// Steps that several of them share.

// What was asked for, or by default all that the client registered (RFC 6749 §3.3); invalid_scope beyond that.
Result<Scope> requested_scope(const std::optional<std::string>& scope, const Client& client);

// Does the client get refresh tokens?
bool may_refresh(const Client& client, const Context& context);

// What signs for the client; looked up before the deciding step, so that nothing is used up for a token that cannot be
// signed.
struct Signers {
    std::shared_ptr<const SigningKey> access; // null when its access tokens are opaque
    std::shared_ptr<const SigningKey> id; // null when it never gets an ID token, or when it cannot be signed
    std::string why_no_id; // for the log

    // A client that may no longer ask for openid goes on with what it was granted, without ID tokens.
    bool can_answer() const { return id || why_no_id.empty(); }
};
Result<Signers> find_signers(const Client& client, Context& context);

// The refusal of a step that would have had to be followed by an ID token.
std::unexpected<OAuthError> no_id_token(const Signers& signers);

// New tokens of the grant for the client.
TokenPair mint_tokens(std::string_view grant_id, bool with_refresh, const Signers& signers, Context& context);

// Records that a step has ended the grant of `event`, for the reason.
void record_revoked_grant(Event event, Word reason, const TokenRequest& request, Context& context);

// The answer for what a step issued. With an ID token, and where that was asked for claims about the user, it costs a
// round trip more.
Result<TokenResponse> token_response(const Issued& issued, const TokenPair& pair, const Client& client,
                                     const Signers& signers, Context& context);

} // namespace stile::token
