// Where a browser may be sent. Registered strings are compared byte for byte (RFC 9700 §2.1, RFC 6749 §3.1.2.3);
// nothing is parsed, normalised or case-folded in the comparison. The one exception is the port of a loopback IP
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

// Proof that a redirect URI belongs to a client: only the checks below make one, and redirects take nothing else.
class RedirectTarget {
public:
    const std::string& uri() const { return m_uri; }

    // The URI with parameters appended to its query, values percent-encoded; those that are empty are left out.
    std::string with(const std::vector<std::pair<std::string_view, std::string_view>>& parameters) const;

private:
    explicit RedirectTarget(std::string uri) : m_uri(std::move(uri)) {}

    friend Result<RedirectTarget> prove_redirect_uri(const Client&, const std::optional<std::string>&);
    friend Result<RedirectTarget> prove_post_logout_redirect_uri(const Client&, const std::string&);

    std::string m_uri;
};

// The redirect_uri of an authorization request, or, when it has none, the only one that the client registered.
Result<RedirectTarget> prove_redirect_uri(const Client& client, const std::optional<std::string>& redirect_uri);

// Where a browser goes after a logout: byte for byte one of those that the client registered for that (OpenID Connect
// RP-Initiated Logout §3), the port of a loopback address included.
Result<RedirectTarget> prove_post_logout_redirect_uri(const Client& client,
                                                      const std::string& post_logout_redirect_uri);

// Why `uri` may not be registered, as a sentence for the operator; nothing when it may. https anywhere; http on
// loopback alone; a private scheme with a dot in its name (RFC 8252 §7.1, §8.4); never a fragment (RFC 6749 §3.1.2),
// user information, javascript:, data: or anything that does not parse.
std::optional<std::string> why_not_registrable(std::string_view uri);

// How a redirect URI looks to people and to browsers. `host` is empty for private schemes.
struct RedirectDestination {
    std::string scheme;
    std::string host;
    bool is_on_this_device; // loopback or private scheme: which program listens there cannot be known (RFC 8252 §8.6)
};
RedirectDestination destination_of(const RedirectTarget& target);

} // namespace stile
