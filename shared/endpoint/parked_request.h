// Authorization requests that wait until the user has logged in and answered. Each is bound to the browser that began
// it by its own cookie (stile_request_<id>), so that several tabs can be used side by side.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/oauth/split_token.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

class LiveSession;

// Proof that this browser began this parked request. Only find_own_request() makes one.
class OwnRequest {
public:
    const std::string& id() const { return m_parked.id; }
    const AuthorizationRequest& request() const { return m_parked.request; }
    bool is_answered() const { return m_parked.is_answered; }
    const std::string& browser_sha256() const { return m_parked.secret_sha256; }

    // The code that an approval issues. It is derived from the secret of the cookie (142 bits), so that a double click,
    // which approves twice, gets the same code twice instead of two codes.
    SplitToken code() const;

private:
    OwnRequest(ParkedRequest parked, Secret secret) : m_parked(std::move(parked)), m_secret(std::move(secret)) {}

    friend Result<std::optional<OwnRequest>> find_own_request(std::string_view, const Request&, Context&);
    friend std::string form_token(std::string_view, const OwnRequest&, const LiveSession*);

    ParkedRequest m_parked;
    Secret m_secret;
};

// Parks a request for this browser under `id`. Returns the Set-Cookie values.
Result<std::vector<std::string>> park_request(const std::string& id, const AuthorizationRequest& authorization_request,
                                              const Request& request, Context& context);

// Nothing if there is no such request, or another browser began it.
Result<std::optional<OwnRequest>> find_own_request(std::string_view id, const Request& request, Context& context);

} // namespace stile
