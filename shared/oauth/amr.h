// How a user was authenticated (the claim `amr` of OpenID Connect Core §2): words of the registry of RFC 8176.
#pragma once

#include "shared/oauth/error.h"

#include <array>
#include <string>
#include <string_view>

namespace stile {

class Amr {
public:
    Amr() = default; // unknown

    // Words of the registry, separated by single spaces, each once; "" means unknown.
    static Result<Amr> parse(std::string_view text);

    // The method of Stile's login page.
    static Amr password();

    const std::string& text() const { return m_text; }

private:
    explicit Amr(std::string_view text) : m_text(text) {}
    std::string m_text;
};

// The acr for an amr (OpenID Connect Core §2, §3.1.2.1): "0" if the method is unknown, "1" for one factor, "2" for
// several (mfa).
inline constexpr std::array<std::string_view, 3> acr_values = {"0", "1", "2"};
std::string_view acr_of(std::string_view amr);

} // namespace stile
