// Turns results and errors into responses, with the headers that all of them share. Logs each refusal once, unless it
// was recorded as an event of the audit trail (audit.h). Pages are in page.h.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"
#include "shared/oauth/error.h"

#include <string>
#include <string_view>

namespace stile {

constexpr Seconds retry_after = 1; // seconds; sent while Redis is unavailable

// A response with the headers of all responses: not cached, not sniffed, no Referer to other sites.
Response response_of(int status);

void log_refusal(const OAuthError& error, const Request& request, const Context& context);

// application/json, no-store (RFC 6749 §5.1).
Response json_response(int status, std::string body);

// A public document: application/json, cacheable for `lifetime` seconds, readable by scripts of any origin (it is the
// same for every reader, and cookies are ignored).
Response public_document(std::string body, Seconds lifetime);

// Lets scripts of any origin read the response: public clients run in browsers. Only for responses that no cookie
// affects.
void allow_any_origin(Response& response);

// RFC 6749 §5.2: 400, 401 with WWW-Authenticate for invalid_client, 503 with Retry-After while Redis is unavailable.
Response json_error(const OAuthError& error, const Request& request, Context& context);

// 405 with Allow.
Response json_method_not_allowed(std::string_view allow);

} // namespace stile
