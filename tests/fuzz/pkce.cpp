// code_verifier and code_challenge (shared/oauth/pkce, RFC 7636 §4.1, §4.2).
#include "shared/oauth/pkce.h"
#include "shared/crypto/base64.h"
#include "tests/fuzz/support/fuzz.h"

namespace stile::fuzz {

void fuzz(std::string_view input)
{
    constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    const bool is_verifier =
        input.size() >= 43 && input.size() <= 128 && input.find_first_not_of(unreserved) == std::string_view::npos;
    const auto challenge = code_challenge_of(input);
    HOLDS(challenge.has_value() == is_verifier);
    if (challenge)
        HOLDS(is_code_challenge(*challenge) && *challenge != input
              && base64url_decode(*challenge).value().size() == 32);
    if (is_code_challenge(input))
        HOLDS(input.size() == 43 && !input.contains('.') && !input.contains('~') && is_verifier);
}

} // namespace stile::fuzz
