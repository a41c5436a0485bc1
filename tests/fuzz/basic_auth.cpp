// The Basic header (shared/http/basic_auth), and base64 below it (shared/crypto/base64).
#include "shared/http/basic_auth.h"
#include "shared/crypto/base64.h"
#include "shared/http/form.h"
#include "tests/fuzz/support/fuzz.h"

namespace stile::fuzz {

void fuzz(std::string_view input)
{
    // The header as it came.
    if (const auto read = parse_basic(input)) {
        HOLDS(is_basic(input));
        // Accepted credentials have one encoding, except for percent escapes: encoded again they are the same.
        const std::string pair =
            encode_form_value(read->client_id) + ":" + encode_form_value(read->client_secret.reveal());
        const auto again = parse_basic("Basic " + base64_encode(pair));
        HOLDS(again && again->client_id == read->client_id
              && again->client_secret.reveal() == read->client_secret.reveal());
    }

    // The header's content: lengths are explicit, NUL bytes and further colons are allowed.
    const auto colon = input.find(':');
    const auto read = parse_basic("bAsIc " + base64_encode(input));
    HOLDS(!read || colon != std::string_view::npos);
    if (colon != std::string_view::npos && !input.contains('%') && !input.contains('+'))
        HOLDS(read && read->client_id == input.substr(0, colon)
              && read->client_secret.reveal() == input.substr(colon + 1));
}

} // namespace stile::fuzz
