// The URIs to which a browser may be redirected. Registered strings are compared byte for byte (RFC 9700 §2.1, RFC 6749
// §3.1.2.3); the comparison parses, normalises and case-folds nothing. The one exception is the port of a loopback IP
// address of a native, that is public, client (RFC 8252 §7.3).
#pragma once

#include "shared/oauth/client.h"
#include "shared/oauth/error.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

// Proof that a redirect URI belongs to a client: only the checks below make one, and redirects accept nothing else.
class RedirectTarget {
public:
    const std::string& uri() const { return m_uri; }

    // The URI with parameters appended to its query, values percent-encoded; empty ones are left out.
    std::string with(const std::vector<std::pair<std::string_view, std::string_view>>& parameters) const;

private:
    explicit RedirectTarget(std::string uri) : m_uri(std::move(uri)) {}

    friend Result<RedirectTarget> prove_redirect_uri(const Client&, const std::optional<std::string>&);
    friend Result<RedirectTarget> prove_post_logout_redirect_uri(const Client&, const std::string&);

    std::string m_uri;
};

// The redirect_uri of an authorization request, or, if it has none, the client's only registered one.
Result<RedirectTarget> prove_redirect_uri(const Client& client, const std::optional<std::string>& redirect_uri);

// The redirect URI after a logout: byte for byte one of the client's registered ones for logout (OpenID Connect
// RP-Initiated Logout §3), including the port of a loopback address.
Result<RedirectTarget> prove_post_logout_redirect_uri(const Client& client,
                                                      const std::string& post_logout_redirect_uri);

// Why `uri` may not be registered, as a sentence for the operator; nothing if it may. Allowed are https; http only on
// loopback; a private scheme with a dot in its name (RFC 8252 §7.1, §8.4). Never a fragment (RFC 6749 §3.1.2), user
// information, javascript:, data: or a URI that cannot be parsed.
std::optional<std::string> why_not_registrable(std::string_view uri);

// The parameter of a response (code, state, iss, error, …) that the query of `uri` has already; nothing if it has none.
// The response would then have two of it, and the client might read the wrong one. Such a URI may not be registered anew
// (client_settings.h); those that are registered already are still redirected to.
std::optional<std::string> response_parameter_in(std::string_view uri);

// A redirect URI for display and for policies. `host` is empty for private schemes.
struct RedirectDestination {
    std::string scheme;
    std::string host;
    bool is_on_this_device; // loopback or private scheme: the program that receives it is unknown (RFC 8252 §8.6)
};
RedirectDestination destination_of(const RedirectTarget& target);

} // namespace stile
