#include "shared/base/uri.h"

#include <boost/url/parse.hpp>

namespace stile {

std::optional<boost::urls::url_view> parse_absolute_uri(std::string_view text)
{
    const auto uri = boost::urls::parse_uri({text.data(), text.size()});
    if (!uri)
        return std::nullopt;
    const auto path = uri->encoded_path();
    if (uri->has_authority() && !path.empty() && !path.starts_with('/'))
        return std::nullopt;
    return *uri;
}

} // namespace stile
