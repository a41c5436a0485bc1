// The Basic scheme (RFC 7617 §2) with the form encoding that RFC 6749 §2.3.1 puts under it.
#pragma once

#include "shared/base/secret.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

struct BasicCredentials {
    std::string client_id;
    Secret client_secret;
};

// Is this Authorization header of the Basic scheme? (The scheme's case does not matter: RFC 9110 §11.1.)
bool is_basic(std::string_view authorization);

// Nothing when the header is not "Basic " and strict base64 of "id:secret", or has a malformed percent escape.
// Both parts are form-decoded: libraries that encode and programs that do not read the same as long as ids and
// secrets have no '%' or '+', which those that Stile generates never have.
std::optional<BasicCredentials> parse_basic(std::string_view authorization);

} // namespace stile
