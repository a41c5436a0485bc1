// Absolute URIs (RFC 3986 §3), parsed by Boost.URL.
#pragma once

#include <boost/url/url_view.hpp>

#include <optional>
#include <string_view>

namespace stile {

// Nothing for text that is not an absolute URI. The view points into `text`.
//
// Boost.URL 1.81 treats the rest of an authority that it cannot parse as a path: "http://127.0.0.1.evil.example/" gives
// the host 127.0.0.1, while a browser opens evil.example. A path after an authority begins with '/' (RFC 3986 §3.3);
// any other is refused here.
std::optional<boost::urls::url_view> parse_absolute_uri(std::string_view text);

} // namespace stile
