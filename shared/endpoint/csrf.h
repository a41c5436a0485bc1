// CSRF tokens (RFC 6749 §10.12; ASVS 5.0 V3.5.1): the hidden field csrf_token of each form. A token is a keyed digest
// under a cookie of the browser, so other sites cannot make one. Compare tokens with equal_in_constant_time().
#pragma once

#include "shared/endpoint/parked_request.h"
#include "shared/endpoint/session.h"
#include "shared/http/request.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

// The token of a form that answers a parked request: HMAC-SHA256, under the cookie of the request, of the form's name,
// the request's id and the session. It is valid for no other form, request or session. `session` may be null.
std::string form_token(std::string_view form, const OwnRequest& own, const LiveSession* session);

// The token of a form that belongs to no parked request: HMAC-SHA256, under the session cookie, of the form's name.
// Nothing if the browser has no session cookie. The session may have ended.
std::optional<std::string> form_token(std::string_view form, const Request& request, const Context& context);

} // namespace stile
