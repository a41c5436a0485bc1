// The border: errors and results become responses here, with the headers that all of them share; refusals are logged
// here, once, unless they are events of the audit trail (audit.h), which has told of them. Pages are in page.h.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"
#include "shared/oauth/error.h"

#include <string>
#include <string_view>

namespace stile {

constexpr Seconds retry_after = 1; // what Retry-After says while Redis is away

// What every answer of Stile carries: nothing of it is cached, sniffed or told to other sites.
Response response_of(int status);

void log_refusal(const OAuthError& error, const Request& request, const Context& context);

// application/json, no-store (RFC 6749 §5.1).
Response json_response(int status, std::string body);

// A document that says the same to everybody: application/json, cacheable for `lifetime` seconds, readable by scripts
// of any origin (it is public, and no cookie counts here).
Response public_document(std::string body, Seconds lifetime);

// Lets scripts of any origin read an answer that no cookie had part in: public clients run in browsers.
void allow_any_origin(Response& response);

// RFC 6749 §5.2: 400, 401 with WWW-Authenticate for invalid_client, 503 with Retry-After while Redis is away.
Response json_error(const OAuthError& error, const Request& request, Context& context);

// 405 with Allow.
Response json_method_not_allowed(std::string_view allow);

} // namespace stile
