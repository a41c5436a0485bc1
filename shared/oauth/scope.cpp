#include "shared/oauth/scope.h"

#include "shared/base/text.h"

#include <algorithm>

namespace stile {

namespace {

constexpr std::size_t max_words = 64;

} // namespace

Result<Scope> Scope::parse(std::string_view text)
{
    Scope scope;
    for (const auto word : split(text, ' ')) {
        if (word.empty() || !all_of(word, is_nqchar)) // RFC 6749 §3.3: scope-token = 1*NQCHAR
            return fail(ErrorCode::invalid_scope, "scope must be words separated by single spaces");
        if (scope.contains(word))
            continue;
        if (scope.m_words.size() == max_words)
            return fail(ErrorCode::invalid_scope, "scope has more than 64 words");
        scope.m_words.emplace_back(word);
    }
    return scope;
}

void Scope::add(std::string_view word)
{
    if (!contains(word))
        m_words.emplace_back(word);
}

Scope Scope::within(const Scope& allowed) const
{
    Scope common;
    for (const auto& word : m_words)
        if (allowed.contains(word))
            common.add(word);
    return common;
}

bool Scope::contains(std::string_view word) const
{
    return std::ranges::find(m_words, word) != m_words.end();
}

bool Scope::contains(const Scope& other) const
{
    return std::ranges::all_of(other.m_words, [this](const auto& word) { return contains(word); });
}

std::string Scope::to_string() const
{
    return join(m_words, " ");
}

} // namespace stile
