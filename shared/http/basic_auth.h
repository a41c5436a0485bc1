// The Basic scheme (RFC 7617 §2) with the form encoding that RFC 6749 §2.3.1 requires inside it.
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

// Does this Authorization header use the Basic scheme? (The scheme is case-insensitive: RFC 9110 §11.1.)
bool is_basic(std::string_view authorization);

// Nothing if the header is not "Basic " and strict base64 of "id:secret", or has a malformed percent escape. Both parts
// are form-decoded. Clients that encode and clients that do not give the same result, as long as ids and secrets have
// no '%' or '+'; generated ones never have.
std::optional<BasicCredentials> parse_basic(std::string_view authorization);

} // namespace stile
