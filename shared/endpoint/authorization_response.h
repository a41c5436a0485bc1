// Authorization responses (RFC 6749 §4.1.2): the code or the error that a browser carries back to the client.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/endpoint/page.h"
#include "shared/http/request.h"
#include "shared/http/response.h"
#include "shared/oauth/error.h"
#include "shared/oauth/redirect_uri.h"
#include "shared/oauth/split_token.h"

#include <string_view>

namespace stile {

// Where the response to an authorization request goes, and in which response mode.
struct Recipient {
    const RedirectTarget& target;
    std::string_view client_name;
    std::string_view state; // as it was sent
    ResponseMode mode;
};

// Sends state, code, scope and iss (RFC 6749 §4.1.2, RFC 9207 §2): in a 303, or in a page whose form posts them (OAuth
// 2.0 Form Post Response Mode §2).
Response answer_with_code(const Recipient& recipient, const Scope& scope, const SplitToken& code, const Reader& reader,
                          const Context& context);

// Sends error, state, error_description and iss in the same way (RFC 6749 §4.1.2.1, RFC 9207 §2). Logs the refusal.
Response answer_with_error(const Recipient& recipient, const OAuthError& error, const Reader& reader,
                           const Request& request, Context& context);

} // namespace stile
