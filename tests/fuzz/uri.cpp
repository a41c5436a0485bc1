// Absolute URIs (shared/base/uri) and the addresses of Redis made of them (shared/store/address).
#include "shared/base/uri.h"
#include "shared/store/address.h"
#include "tests/fuzz/support/fuzz.h"

namespace stile::fuzz {

void fuzz(std::string_view input)
{
    const auto uri = parse_absolute_uri(input);
    if (uri) {
        // The view is exactly the text; its parts are in it in order.
        HOLDS(std::string_view(uri->data(), uri->size()) == input);
        HOLDS(uri->has_scheme() && input.starts_with(std::string_view(uri->scheme().data(), uri->scheme().size())));
        HOLDS(input.find_first_of(std::string_view(" \0\r\n\\", 5)) == std::string_view::npos);
        const auto path = uri->encoded_path();
        HOLDS(!uri->has_authority() || path.empty() || path.front() == '/');
    }

    const auto address = parse_redis_address(input);
    if (!address)
        return;
    HOLDS(uri && (input.starts_with("unix:") || input.starts_with("redis:") || uri->scheme().size() > 3));
    HOLDS(address->socket.empty() != address->host.empty()); // one or the other
    HOLDS(address->socket.empty() || address->socket.starts_with('/'));
    HOLDS(address->port > 0 && address->port <= 65535 && address->database >= 0);
    HOLDS(!address->socket.contains('\0') && !address->host.contains('\0')); // they become C strings
}

} // namespace stile::fuzz
