#include "shared/oauth/user.h"

#include "shared/base/text.h"

namespace stile {

std::optional<std::string> canonical_user_name(std::string_view text)
{
    const bool allowed = all_of(text, [](char c) { return is_base62(c) || std::string_view("._@+-").contains(c); });
    if (text.empty() || text.size() > 128 || !allowed)
        return std::nullopt;
    return to_lower(text);
}

bool is_subject(std::string_view text)
{
    return !text.empty() && text.size() <= 255 && all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
}

} // namespace stile
