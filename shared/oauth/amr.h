// How somebody was authenticated (the claim `amr` of OpenID Connect Core §2): words of the registry of RFC 8176.
#pragma once

#include "shared/oauth/error.h"

#include <string>
#include <string_view>

namespace stile {

class Amr {
public:
    Amr() = default; // not told

    // Words of the registry, separated by single spaces, each once; "" is none.
    static Result<Amr> parse(std::string_view text);

    // What the login page of Stile does.
    static Amr password();

    const std::string& text() const { return m_text; }

private:
    explicit Amr(std::string_view text) : m_text(text) {}
    std::string m_text;
};

} // namespace stile
