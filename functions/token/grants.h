// The grant types: each has a name and a file. shared/oauth/grant_type.h has the same names for the settings and the
// metadata; a test compares them.
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

// Each returns the response, or the error.
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

// The requested scope, by default all that the client registered (RFC 6749 §3.3). invalid_scope if it exceeds that.
Result<Scope> requested_scope(const std::optional<std::string>& scope, const Client& client);

// Does the client get refresh tokens?
bool may_refresh(const Client& client, const Context& context);

// The keys that sign for the client. They are looked up before the deciding step, so that no code or refresh token is
// used up for a token that cannot be signed.
struct Signers {
    std::shared_ptr<const SigningKey> access; // null if its access tokens are opaque
    std::string audience; // `aud` of those that are signed
    std::shared_ptr<const SigningKey> id; // null if it gets no ID tokens, or if they cannot be signed
    std::string why_no_id; // for the log

    // A client that may no longer request openid keeps its grants, but gets no more ID tokens.
    bool can_answer() const { return id || why_no_id.empty(); }
};
Result<Signers> find_signers(const Client& client, Context& context);

// The refusal if an ID token is needed and cannot be signed.
std::unexpected<OAuthError> no_id_token(const Signers& signers);

// New tokens of the grant for the client.
TokenPair mint_tokens(std::string_view grant_id, bool with_refresh, const Signers& signers, Context& context);

// Records that a step has revoked the grant of `event`.
void record_revoked_grant(Event event, Word reason, const TokenRequest& request, Context& context);

// The response for what a step issued, within the scope that the client has now. Takes one more round trip
// if the ID token has requested claims about the user.
Result<TokenResponse> token_response(Issued issued, const TokenPair& pair, const Client& client, const Signers& signers,
                                     Context& context);

} // namespace stile::token
