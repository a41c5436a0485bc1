#include "shared/http/cookie.h"

#include "shared/base/text.h"

namespace stile {

std::vector<std::pair<std::string_view, std::string_view>> parse_cookies(std::string_view header)
{
    std::vector<std::pair<std::string_view, std::string_view>> cookies;
    for (auto piece : split(header, ';')) {
        while (piece.starts_with(' '))
            piece.remove_prefix(1);
        const auto equals = piece.find('=');
        if (equals != std::string_view::npos)
            cookies.emplace_back(piece.substr(0, equals), piece.substr(equals + 1));
    }
    return cookies;
}

std::string cookie_name(std::string_view name, CookieScope scope)
{
    return (scope == CookieScope::https ? "__Host-" : "") + std::string(name);
}

std::string set_cookie(std::string_view name, std::string_view value, Seconds lifetime, CookieScope scope)
{
    std::string header = cookie_name(name, scope);
    header.append("=").append(value);
    header.append("; Path=/; Max-Age=").append(std::to_string(lifetime)).append("; HttpOnly; SameSite=Lax");
    if (scope == CookieScope::https)
        header += "; Secure";
    return header;
}

} // namespace stile
