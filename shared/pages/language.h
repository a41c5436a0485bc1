// Chooses a language among those available, and knows the plural rules of languages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace stile {

// Is the text a language tag (RFC 5646 §2.1)? Checks only that parts of one to eight letters or digits are joined by
// hyphens.
bool is_language_tag(std::string_view text);

// The index in `tags` of the best match: first for ui_locales, a list of tags in order of preference separated by
// spaces (OpenID Connect Core §3.1.2.1), then for Accept-Language (RFC 9110 §12.5.4). Malformed parts are ignored.
// Nothing if no tag matches.
std::optional<std::size_t> choose_language(std::span<const std::string> tags, std::string_view ui_locales,
                                           std::string_view accept_language);

// The tag that RFC 4647 §3.4 looks up after `tag`: "de" after "de-AT", "" after "de".
std::string_view broader_language(std::string_view tag);

// The plural category of a whole number in a language (Unicode CLDR, cardinals): "one", "few" … or "other". Unknown
// languages follow the English rule.
std::string_view plural_category(std::string_view tag, std::uint64_t number);

// All categories of a language.
std::span<const std::string_view> plural_categories(std::string_view tag);

} // namespace stile
