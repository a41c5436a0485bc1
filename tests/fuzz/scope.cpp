// scope (shared/oauth/scope, RFC 6749 §3.3).
#include "shared/oauth/scope.h"
#include "shared/base/text.h"
#include "tests/fuzz/support/fuzz.h"

#include <set>

namespace stile::fuzz {

void fuzz(std::string_view input)
{
    const auto two = lines(input, 2);
    const auto scope = Scope::parse(two[0]);
    if (!scope) {
        HOLDS(scope.error().code == ErrorCode::invalid_scope);
        return;
    }
    const auto& words = scope->words();
    HOLDS(words.size() <= 64 && std::set<std::string>(words.begin(), words.end()).size() == words.size());
    for (const auto& word : words)
        HOLDS(!word.empty() && all_of(word, is_nqchar) && two[0].contains(word));
    HOLDS(scope->to_string().size() <= two[0].size());
    HOLDS(Scope::parse(scope->to_string()).value().words() == words);
    HOLDS(scope->contains(*scope) && scope->contains(Scope()));

    // "Contains" is what it says of every single word.
    if (const auto other = Scope::parse(two[1])) {
        bool all = true;
        for (const auto& word : other->words())
            all = all && scope->contains(word);
        HOLDS(scope->contains(*other) == all);
    }
}

} // namespace stile::fuzz
