// Parameters by table: a request struct names each parameter once, with its length, its characters and its member;
// what is doubled, missing, too long or malformed is decided here, for all endpoints alike.
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

// The value of one parameter. Empty counts as absent (RFC 6749 §3.1); invalid_request when it is there more than once
// (RFC 6749 §3.1, §3.2), is required and absent, too long, or has a character that its rule does not allow.
Result<std::optional<std::string>> find_parameter(const Form& form, const ParameterRule& rule);

// All parameters of the table. Parameters that the table does not name are ignored (RFC 6749 §3.1).
template <typename T, std::size_t count>
Result<T> bind_parameters(const Form& form, const std::array<Parameter<T>, count>& table)
{
    T bound;
    for (const auto& parameter : table)
        bound.*parameter.member = TRY(find_parameter(form, parameter.rule));
    return bound;
}

// The parameters of the query, or of a form body; never both merged. invalid_request for a body of another content
// type, a body or list that is too large, or a malformed percent escape.
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

// The longest `state` that is carried (bytes); an answer with it fits nginx's fastcgi_buffer_size.
constexpr std::size_t max_state_length = 7 * 1024;

} // namespace stile
