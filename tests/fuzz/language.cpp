// ui_locales and Accept-Language (shared/pages/language). Two lines: the one, then the other.
#include "shared/pages/language.h"
#include "tests/fuzz/support/fuzz.h"

#include <array>

namespace stile::fuzz {

void fuzz(std::string_view input)
{
    static const std::array<std::string, 4> tags = {"en", "de", "fr", "pt-BR"};
    const auto asked = lines(input, 2);
    const auto found = choose_language(tags, asked[0], asked[1]);
    HOLDS(!found || *found < tags.size());

    // ui_locales decides if it matches a language; a list that ends with an available one always matches.
    const auto by_application = choose_language(tags, asked[0], "");
    HOLDS(!by_application || found == by_application);
    HOLDS(choose_language(tags, std::string(asked[0]) + " fr", "").has_value());
    // The language with the highest weight is chosen, whatever follows it.
    HOLDS(choose_language(tags, "", "de;q=1," + std::string(asked[1])) == 1);

    for (auto tag = asked[0]; !tag.empty();) {
        const auto broader = broader_language(tag);
        HOLDS(broader.size() < tag.size() && tag.starts_with(broader));
        tag = broader;
    }
    HOLDS(!is_language_tag(asked[0]) || asked[0].find_first_of("/.") == std::string_view::npos);
    HOLDS(!plural_category(asked[0], input.size()).empty());
}

} // namespace stile::fuzz
