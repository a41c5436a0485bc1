// Queries and form bodies (shared/http/form).
#include "shared/http/form.h"
#include "tests/fuzz/support/fuzz.h"

#include <algorithm>

namespace stile::fuzz {

namespace {

std::string encoded(const Form& form)
{
    std::string text;
    for (const auto& [name, value] : form)
        text.append(text.empty() ? "" : "&")
            .append(encode_form_value(name))
            .append("=")
            .append(encode_form_value(value));
    return text;
}

bool is_unreserved_or_escape(char c)
{
    return c == '%' || c == '-' || c == '.' || c == '_' || c == '~' || std::isalnum(static_cast<unsigned char>(c));
}

} // namespace

void fuzz(std::string_view input)
{
    // One value: decoding gives it back byte for byte, and the encoded text contains no special character.
    const auto value = encode_form_value(input);
    HOLDS(std::ranges::all_of(value, is_unreserved_or_escape));
    HOLDS(decode_form_value(value).value() == input);

    const auto form = parse_form(input);
    if (!form)
        return;
    HOLDS(form->size() <= max_parameters);
    std::size_t decoded = 0;
    for (const auto& [name, held] : *form)
        decoded += name.size() + held.size();
    HOLDS(decoded <= input.size()); // nothing grows

    // Written again it reads the same.
    HOLDS(parse_form(encoded(*form)).value() == *form);

    // Every escape was whole: a '%' that two hexadecimal digits do not follow is refused (RFC 3986 §2.1).
    for (std::size_t at = input.find('%'); at != std::string_view::npos; at = input.find('%', at + 1))
        HOLDS(at + 2 < input.size() && std::isxdigit(static_cast<unsigned char>(input[at + 1]))
              && std::isxdigit(static_cast<unsigned char>(input[at + 2])));
}

} // namespace stile::fuzz
