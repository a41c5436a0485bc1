// The Cookie header (shared/http/cookie).
#include "shared/http/cookie.h"
#include "tests/fuzz/support/fuzz.h"

namespace stile::fuzz {

namespace {

bool lies_in(std::string_view part, std::string_view whole)
{
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

} // namespace

void fuzz(std::string_view input)
{
    const auto cookies = parse_cookies(input);
    std::string again;
    for (const auto& [name, value] : cookies) {
        HOLDS(lies_in(name, input) && lies_in(value, input));
        HOLDS(!name.contains('=') && !name.contains(';') && !name.starts_with(' ') && !value.contains(';'));
        again.append(again.empty() ? "" : "; ").append(name).append("=").append(value);
    }
    // Written as a browser would (RFC 6265 §5.4) they read the same.
    HOLDS(parse_cookies(again) == cookies);

    // A cookie of Stile is read back unchanged, whatever cookies are beside it.
    const std::string header = std::string(input) + "; " + cookie_name("stile_session", CookieScope::https) + "=value";
    HOLDS(!parse_cookies(header).empty() && parse_cookies(header).back().second == "value");
}

} // namespace stile::fuzz
