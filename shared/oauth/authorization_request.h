// The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3), after its client and redirect URI are verified.
#pragma once

#include "shared/oauth/client.h"
#include "shared/oauth/error.h"
#include "shared/oauth/redirect_uri.h"
#include "shared/oauth/scope.h"
#include "shared/oauth/settings.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// The parameters as sent; empty ones count as absent (RFC 6749 §3.1).
struct AuthorizationParameters {
    std::optional<std::string> response_type;
    std::optional<std::string> scope;
    std::optional<std::string> code_challenge;
    std::optional<std::string> code_challenge_method;
    // OpenID Connect Core §3.1.2.1, §5.5, §6, §7.2.1; the caller handles response_mode.
    std::optional<std::string> ui_locales;
    std::optional<std::string> nonce;
    std::optional<std::string> prompt;
    std::optional<std::string> max_age;
    std::optional<std::string> id_token_hint; // the caller checks its signature
    std::optional<std::string> login_hint;
    std::optional<std::string> claims;
    std::optional<std::string> request;
    std::optional<std::string> request_uri;
    std::optional<std::string> registration;
};

// How the response reaches the client: OAuth 2.0 Multiple Response Type Encoding Practices §2.1, OAuth 2.0 Form Post
// Response Mode §2.
enum class ResponseMode { query, form_post };

// The value of response_mode; nothing for any other, such as `fragment`: authorization responses contain no tokens.
std::optional<ResponseMode> parse_response_mode(std::string_view text);

// A valid request: all that the pages and the code need.
struct AuthorizationRequest {
    std::string client_id;
    std::string redirect_uri;
    bool redirect_uri_was_sent = false; // then the token request must repeat it (RFC 6749 §4.1.3)
    Scope scope;
    std::string state;
    std::string code_challenge; // empty if the client did not use PKCE
    std::string ui_locales; // the languages that the application requests for the pages; empty: none
    ResponseMode response_mode = ResponseMode::query;
    std::string login_hint; // the user name that the client expects; empty: unknown

    // With scope openid.
    std::string nonce;
    std::string id_token_claims; // names of single claims (oauth/claims_request), between spaces
    std::string userinfo_claims;

    // Which login may answer it, and how (prompt, max_age, id_token_hint, claims).
    bool is_silent = false; // prompt=none: no page may be shown
    bool requires_login = false; // prompt=login
    bool requires_consent =
        false; // prompt=consent or select_account: the consent page, which shows both, is always shown
    std::optional<Seconds> max_age;
    std::string expected_subject; // the sub that the client knows; empty: any user
    std::vector<std::string> essential_acr; // one of them is required; empty: any
    // Set when it is parked: the login must not be older (0: any age), nor be the browser's login at that time.
    Seconds authenticated_since = 0;
    std::string not_session;

    bool is_openid() const { return scope.contains("openid"); }
    // The scope for consent: the requested scope, and the scopes of the single claims.
    Scope consent_scope() const;
};

// The granted scope and the challenge to store; errors are redirected to the client (RFC 6749 §4.1.2.1).
Result<AuthorizationRequest> check_authorization_request(const AuthorizationParameters& parameters,
                                                         const Client& client, const RedirectTarget& target,
                                                         const Settings& settings);

} // namespace stile
