// Client authentication (RFC 6749 §2.3) by client_secret_basic, client_secret_post and none.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/form.h"
#include "shared/http/request.h"
#include "shared/oauth/client.h"

#include <memory>

namespace stile {

// Proof that the caller is this client, or names a public one: only authenticate_client() makes it.
class AuthenticatedClient {
public:
    const Client* operator->() const { return m_client.get(); }
    const Client& operator*() const { return *m_client; }

private:
    explicit AuthenticatedClient(std::shared_ptr<const Client> client) : m_client(std::move(client)) {}

    friend Result<AuthenticatedClient> authenticate_client(const Request&, const Form&, Context&);

    std::shared_ptr<const Client> m_client;
};

// `form` is the request's body. invalid_client for an unknown client and a wrong or missing secret alike;
// invalid_request for two methods at once. Refusals are recorded. Costs no round trip when the client, and
// its secret if that was chosen, are in the process's memory.
Result<AuthenticatedClient> authenticate_client(const Request& request, const Form& form, Context& context);

// Does the request's body name a public client? Its answers may be read by scripts. At most the round trip of a lookup.
bool names_public_client(const Request& request, Context& context);

} // namespace stile
