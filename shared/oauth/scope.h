// RFC 6749 §3.3: a list of case-sensitive words, kept in the order requested.
#pragma once

#include "shared/oauth/error.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

class Scope {
public:
    Scope() = default;

    // scope-token *( SP scope-token ), at most 64 of them; "" is the empty scope; a repeated word counts once.
    static Result<Scope> parse(std::string_view text);

    void add(std::string_view word); // unless it is there

    // The words that `allowed` has, too.
    Scope within(const Scope& allowed) const;

    bool empty() const { return m_words.empty(); }
    bool contains(std::string_view word) const;
    bool contains(const Scope& other) const;
    const std::vector<std::string>& words() const& { return m_words; }
    std::vector<std::string> words() && { return std::move(m_words); }
    std::string to_string() const;

private:
    std::vector<std::string> m_words;
};

} // namespace stile
