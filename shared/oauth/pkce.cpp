#include "shared/oauth/pkce.h"

#include "shared/base/text.h"
#include "shared/crypto/digest.h"

namespace stile {

bool is_code_challenge(std::string_view text)
{
    return text.size() == 43 && all_of(text, [](char c) { return is_base62(c) || c == '-' || c == '_'; });
}

Result<std::string> code_challenge_of(std::string_view code_verifier)
{
    const bool unreserved =
        all_of(code_verifier, [](char c) { return is_base62(c) || std::string_view("-._~").contains(c); });
    if (code_verifier.size() < 43 || code_verifier.size() > 128 || !unreserved)
        return fail(ErrorCode::invalid_request,
                    "code_verifier must be 43 to 128 of A-Z a-z 0-9 - . _ ~"); // RFC 7636 §4.1
    return sha256_base64url(code_verifier); // RFC 7636 §4.6
}

} // namespace stile
