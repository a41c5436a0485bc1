// RFC 7636, only S256: `plain` is refused (RFC 9700 §2.1.1).
#pragma once

#include "shared/oauth/error.h"

#include <string>
#include <string_view>

namespace stile {

// Does the text have the form of an S256 challenge, 43 base64url characters (RFC 7636 §4.2)?
bool is_code_challenge(std::string_view text);

// code_challenge of a code_verifier; invalid_request unless 43 to 128 unreserved characters (RFC 7636 §4.1).
Result<std::string> code_challenge_of(std::string_view code_verifier);

} // namespace stile
