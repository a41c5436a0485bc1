// application/x-www-form-urlencoded, for queries and bodies: split as in the WHATWG URL standard §5.1 (raw spaces and
// '|' are allowed), but a malformed percent escape is an error rather than text (RFC 3986 §2.1).
#pragma once

#include "shared/base/result.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

using Form = std::vector<std::pair<std::string, std::string>>; // in the order sent, repeated names kept

enum class FormError { malformed_escape, too_many_parameters };

constexpr std::size_t max_parameters = 64;

Expected<Form, FormError> parse_form(std::string_view text);

// One percent-encoded value; '+' means a space. "%00" is one NUL byte and does not end the value.
Expected<std::string, FormError> decode_form_value(std::string_view text);

// Percent-encodes everything except the unreserved characters of RFC 3986 §2.3; a space is %20.
std::string encode_form_value(std::string_view text);

} // namespace stile
