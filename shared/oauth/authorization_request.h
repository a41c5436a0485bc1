// The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3) once its client and redirect URI are proved.
#pragma once

#include "shared/oauth/client.h"
#include "shared/oauth/error.h"
#include "shared/oauth/redirect_uri.h"
#include "shared/oauth/scope.h"
#include "shared/oauth/settings.h"

#include <optional>
#include <string>

namespace stile {

// As sent; empty parameters count as absent (RFC 6749 §3.1).
struct AuthorizationParameters {
    std::optional<std::string> response_type;
    std::optional<std::string> scope;
    std::optional<std::string> code_challenge;
    std::optional<std::string> code_challenge_method;
    std::optional<std::string> ui_locales; // OpenID Connect Core §3.1.2.1
};

// What remains of a valid request: all that the pages and the code need.
struct AuthorizationRequest {
    std::string client_id;
    std::string redirect_uri;
    bool redirect_uri_was_sent = false; // then the token request must repeat it (RFC 6749 §4.1.3)
    Scope scope;
    std::string state;
    std::string code_challenge; // empty when the client did not use PKCE
    std::string ui_locales; // the languages that the application asks the pages for; empty: none
};

// The scope granted and the challenge to keep; errors here are redirected to the client (RFC 6749 §4.1.2.1).
Result<AuthorizationRequest> check_authorization_request(const AuthorizationParameters& parameters,
                                                         const Client& client, const RedirectTarget& target,
                                                         const Settings& settings);

} // namespace stile
