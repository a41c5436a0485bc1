#include "shared/oauth/amr.h"

#include "shared/base/text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace stile {

namespace {

// RFC 8176 §2, and `pop`, which was registered later (§6.1).
constexpr std::array<std::string_view, 21> registered = {"face", "fpt", "geo", "hwk", "iris", "kba", "mca",
                                                         "mfa",  "otp", "pin", "pop", "pwd",  "rba", "retina",
                                                         "sc",   "sms", "swk", "tel", "user", "vbm", "wia"};

} // namespace

Result<Amr> Amr::parse(std::string_view text)
{
    std::vector<std::string_view> seen;
    for (const auto word : split(text, ' ')) {
        if (std::ranges::find(registered, word) == registered.end())
            return fail(ErrorCode::invalid_request, "amr must be words of RFC 8176 separated by single spaces");
        if (std::ranges::find(seen, word) != seen.end())
            return fail(ErrorCode::invalid_request, "amr names a word twice");
        seen.push_back(word);
    }
    return Amr(text);
}

Amr Amr::password()
{
    return Amr("pwd");
}

std::string_view acr_of(std::string_view amr)
{
    const auto words = split(amr, ' ');
    if (words.empty())
        return acr_values[0];
    return std::ranges::find(words, "mfa") == words.end() ? acr_values[1] : acr_values[2];
}

} // namespace stile
