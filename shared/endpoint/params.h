// Parameters by table: a table names each parameter of a request once, with its length, its characters and the member
// for its value. Repeated, missing, too long and malformed parameters are refused here, for all endpoints alike.
#pragma once

#include "shared/http/form.h"
#include "shared/http/request.h"
#include "shared/oauth/error.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace stile {

enum class Presence { required, optional };

struct ParameterRule {
    std::string_view name;
    Presence presence;
    std::size_t max_length; // bytes, decoded
    bool (*allows)(char); // every byte of the value
};

template <typename T>
struct Parameter {
    ParameterRule rule;
    std::optional<std::string> T::* member;
};

// The value of one parameter. An empty value counts as absent (RFC 6749 §3.1). invalid_request if the parameter is
// repeated (RFC 6749 §3.1, §3.2), required and absent, too long, or has a character that its rule does not allow.
Result<std::optional<std::string>> find_parameter(const Form& form, const ParameterRule& rule);

// All parameters of the table. Unknown parameters are ignored (RFC 6749 §3.1).
template <typename T, std::size_t count>
Result<T> bind_parameters(const Form& form, const std::array<Parameter<T>, count>& table)
{
    T bound;
    for (const auto& parameter : table)
        bound.*parameter.member = TRY(find_parameter(form, parameter.rule));
    return bound;
}

// The parameters of the query, or of a form body; the two are never merged. invalid_request for a body of another
// content type, a body or list that is too large, or a malformed percent escape.
Result<Form> query_parameters(const Request& request);
Result<Form> body_parameters(const Request& request);

// Character rules of RFC 6749 appendix A.
constexpr bool any_vschar(char c)
{
    return c >= 0x20 && c <= 0x7e;
}
constexpr bool any_visible(char c)
{
    return c > 0x20 && c <= 0x7e;
}
constexpr bool any_text(char c)
{
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
} // UNICODECHARNOCRLF

constexpr bool any_char(char)
{
    return true;
}

// The longest `state`, in bytes. A response header with it fits nginx's fastcgi_buffer_size.
constexpr std::size_t max_state_length = 7 * 1024;

} // namespace stile
