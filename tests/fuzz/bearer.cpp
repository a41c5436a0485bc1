// Bearer tokens (shared/oauth/bearer) and split tokens (shared/oauth/split_token).
#include "shared/oauth/bearer.h"
#include "shared/base/text.h"
#include "shared/oauth/split_token.h"
#include "tests/fuzz/support/fuzz.h"

#include <initializer_list>

namespace stile::fuzz {

void fuzz(std::string_view input)
{
    if (const auto token = bearer_token(input))
        HOLDS(equals_ignoring_case(input.substr(0, 7), "bearer ") && *token == input.substr(7));

    for (const auto length : {code_length, refresh_token_length, token_id_length}) {
        const auto token = SplitToken::parse(input, length);
        HOLDS(token.has_value() == (input.size() == length && all_of(input, is_base62)));
        if (!token)
            continue;
        HOLDS(token->whole().reveal() == input);
        HOLDS(is_grant_id(token->grant_id()) && token->token_id() == input.substr(0, token_id_length));
        HOLDS(token->secret_sha256().size() == (length == token_id_length ? 0 : 43)); // no secret, no digest
    }
}

} // namespace stile::fuzz
