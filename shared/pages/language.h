// Which of the languages that there are somebody is spoken to in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace stile {

// As far as the name of a file needs it (RFC 5646 §2.1): parts of one to eight letters or digits between hyphens.
bool is_language_tag(std::string_view text);

// Which of `tags` meets best what is asked for: first ui_locales, tags in order of preference between spaces (OpenID
// Connect Core §3.1.2.1), then Accept-Language (RFC 9110 §12.5.4). Whatever is malformed is passed over. Nothing when
// nothing fits.
std::optional<std::size_t> choose_language(std::span<const std::string> tags, std::string_view ui_locales,
                                           std::string_view accept_language);

// What RFC 4647 §3.4 looks up after `tag`: "de" after "de-AT", nothing after "de".
std::string_view broader_language(std::string_view tag);

// How a language counts (Unicode CLDR, cardinals): the category of a whole number, "one", "few" … or "other". A language
// that is not known here counts as English does.
std::string_view plural_category(std::string_view tag, std::uint64_t number);

// All categories of a language.
std::span<const std::string_view> plural_categories(std::string_view tag);

} // namespace stile
