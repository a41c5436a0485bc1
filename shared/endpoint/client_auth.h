// Client authentication (RFC 6749 §2.3) by client_secret_basic, client_secret_post and none.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/form.h"
#include "shared/http/request.h"
#include "shared/oauth/client.h"

#include <memory>
#include <utility>

namespace stile {

// The client that the body of a request names by client_id, not yet authenticated: only find_named_client() makes it.
class NamedClient {
public:
    // A public client runs in browsers: its scripts may read the response (CORS), also if the request is refused.
    bool is_public() const { return m_found && *m_found && (*m_found)->is_public(); }

private:
    NamedClient(const Form& form, Result<std::shared_ptr<const Client>> found) : m_form(form), m_found(std::move(found))
    {
    }

    friend NamedClient find_named_client(const Request&, const Form&, Context&);
    friend Result<class AuthenticatedClient> authenticate_client(const Request&, const NamedClient&, Context&);

    const Form& m_form;
    Result<std::shared_ptr<const Client>> m_found; // a null pointer: none is named there, or it is not registered
};

// Proof that the caller is this client, or names a public one: only authenticate_client() makes it.
class AuthenticatedClient {
public:
    const Client* operator->() const { return m_client.get(); }
    const Client& operator*() const { return *m_client; }

private:
    explicit AuthenticatedClient(std::shared_ptr<const Client> client) : m_client(std::move(client)) {}

    friend Result<AuthenticatedClient> authenticate_client(const Request&, const NamedClient&, Context&);

    std::shared_ptr<const Client> m_client;
};

// Looks up the client_id of `form`, the request's body. A request with an Authorization header names its client there,
// so it names none here. Errors are left to authenticate_client(). At most one round trip. Keeps a reference to `form`.
NamedClient find_named_client(const Request& request, const Form& form, Context& context);

// invalid_client for an unknown client and for a wrong or missing secret alike; invalid_request for two methods at
// once. Refusals are recorded. Takes no round trip if the client, and its secret if that was chosen, are in the memory
// of the process.
Result<AuthenticatedClient> authenticate_client(const Request& request, const NamedClient& named, Context& context);

// The same for an endpoint that public clients do not use.
Result<AuthenticatedClient> authenticate_client(const Request& request, const Form& form, Context& context);

} // namespace stile
