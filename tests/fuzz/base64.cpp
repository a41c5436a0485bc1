// base64 and base64url (shared/crypto/base64): one text for each value.
#include "shared/crypto/base64.h"
#include "tests/fuzz/support/fuzz.h"

namespace stile::fuzz {

void fuzz(std::string_view input)
{
    if (const auto bytes = base64_decode(input))
        HOLDS(base64_encode(*bytes) == input);
    if (const auto bytes = base64url_decode(input))
        HOLDS(base64url_encode(*bytes) == input);
    if (!input.empty()) // nothing is not a value of base64
        HOLDS(base64_decode(base64_encode(input)) == input);
    HOLDS(base64url_decode(base64url_encode(input)) == input);
    HOLDS(base64url_encode(input).find_first_of("+/=") == std::string::npos);
}

} // namespace stile::fuzz
