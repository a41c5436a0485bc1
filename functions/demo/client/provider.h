// The authorization server as a client uses it, over HTTP: metadata, authorization, token and revocation endpoints.
#pragma once

#include "functions/demo/client/failure.h"
#include "functions/demo/client/settings.h"
#include "shared/base/clock.h"
#include "shared/base/secret.h"

#include <optional>
#include <string>

namespace stile::demo {

// A token response (RFC 6749 §5.1).
struct Tokens {
    Secret access_token;
    Secret refresh_token; // empty when there is none
    std::string scope; // empty: the scope of the request
    std::optional<Seconds> expires_in;
    std::optional<Seconds> refresh_token_expires_in;
};

class Provider {
public:
    // Reads the provider's metadata (RFC 8414 §3).
    static Outcome<Provider> discover(const Settings& settings);

    // The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3).
    Outcome<std::string> authorization_url(const std::string& state, const Secret& code_verifier) const;

    // Whether `iss` of an authorization response names this provider (RFC 9207 §2.4).
    bool is_issuer(const std::optional<std::string>& iss) const;

    // RFC 6749 §4.1.3 with RFC 7636 §4.5.
    Outcome<Tokens> redeem(const std::string& code, const Secret& code_verifier) const;

    // RFC 6749 §6. problem::refresh_token_invalid when it is expired, used or revoked.
    Outcome<Tokens> refresh(const Tokens& tokens) const;

    // RFC 7009 §2.1. Revokes the refresh token, which ends the whole grant; without one the access token.
    Outcome<void> revoke(const Tokens& tokens) const;

private:
    explicit Provider(const Settings& settings) : m_settings(&settings) {}

    std::string authorization() const;
    Outcome<Tokens> request_tokens(std::string form) const;

    const Settings* m_settings;
    std::string m_authorization_endpoint;
    std::string m_token_endpoint;
    std::string m_revocation_endpoint;
    bool m_sends_iss = false;
};

} // namespace stile::demo
