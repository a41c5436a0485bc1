#include "shared/http/form.h"

#include "shared/base/text.h"

#include <boost/url/encode.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace stile {

namespace urls = boost::urls;

Expected<std::string, FormError> decode_form_value(std::string_view text)
{
    const auto encoded = urls::make_pct_string_view({text.data(), text.size()});
    if (!encoded)
        return std::unexpected(FormError::malformed_escape);
    urls::encoding_opts options;
    options.space_as_plus = true;
    return encoded->decode(options);
}

std::string encode_form_value(std::string_view text)
{
    return urls::encode({text.data(), text.size()}, urls::unreserved_chars);
}

Expected<Form, FormError> parse_form(std::string_view text)
{
    Form form;
    for (const auto pair : split(text, '&')) {
        if (pair.empty())
            continue;
        if (form.size() == max_parameters)
            return std::unexpected(FormError::too_many_parameters);
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = TRY(decode_form_value(pair.substr(0, equals)));
        auto value = TRY(decode_form_value(pair.substr(std::min(equals + 1, pair.size()))));
        form.emplace_back(std::move(name), std::move(value));
    }
    return form;
}

} // namespace stile
