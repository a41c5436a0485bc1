// Whether the user has to be asked for consent (RFC 6749 §4.1.1; ASVS 5.0 V10.7.1).
#pragma once

#include "shared/endpoint/context.h"
#include "shared/oauth/authorization_request.h"
#include "shared/oauth/redirect_uri.h"

#include <string_view>

namespace stile {

// May consent to this client be remembered? Not if the identity of the client cannot be assured: for a public client,
// and for a redirect to a program on the user's device (RFC 8252 §8.6), the user is asked every time.
bool may_remember_consent(const Client& client, const RedirectTarget& target);

// Is the consent of this user to this client and at least this scope remembered? At most one round trip.
Result<bool> is_consent_remembered(const Client& client, const RedirectTarget& target, const Scope& scope,
                                   std::string_view subject, Context& context);

} // namespace stile
