// Names of the keys that belong to a grant: all carry its id as hash tag, so they share a slot.
#pragma once

#include "shared/oauth/split_token.h"

#include <string>
#include <string_view>

namespace stile {

// "grant:{id}", "request:{id}"
inline std::string grant_key(std::string_view family, std::string_view grant_id)
{
    return std::string(family).append(":{").append(grant_id).append("}");
}

// "access:{id}selector"
inline std::string token_key(std::string_view family, const SplitToken& token)
{
    return grant_key(family, token.grant_id()).append(token.selector());
}

} // namespace stile
