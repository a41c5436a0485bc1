#include "shared/pages/language.h"

#include "shared/base/text.h"

#include <algorithm>
#include <array>

namespace stile {

namespace {

// Takes the part before the next separator, without the white space around it.
std::string_view take_piece(std::string_view& rest, char separator)
{
    const auto end = std::min(rest.find(separator), rest.size());
    auto piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (!piece.empty() && (piece.front() == ' ' || piece.front() == '\t'))
        piece.remove_prefix(1);
    while (!piece.empty() && (piece.back() == ' ' || piece.back() == '\t'))
        piece.remove_suffix(1);
    return piece;
}

// The weight in thousandths (RFC 9110 §12.4.2). A malformed weight is 0, which means "not acceptable".
int parse_weight(std::string_view text)
{
    if (text.empty() || text.size() > 5 || !is_digit(text[0]) || (text.size() > 1 && text[1] != '.'))
        return 0;
    int weight = (text[0] - '0') * 1000;
    for (int place = 100; const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
        if (!is_digit(c))
            return 0;
        weight += (c - '0') * place;
        place /= 10;
    }
    return weight <= 1000 ? weight : 0;
}

int weight_of(std::string_view parameters)
{
    if (parameters.empty())
        return 1000;
    const auto name = take_piece(parameters, '=');
    return equals_ignoring_case(name, "q") ? parse_weight(parameters) : 0;
}

std::optional<std::size_t> look_up(std::span<const std::string> tags, std::string_view range)
{
    for (; !range.empty(); range = broader_language(range))
        for (std::size_t i = 0; i < tags.size(); ++i)
            if (equals_ignoring_case(tags[i], range))
                return i;
    return std::nullopt;
}

// Plural rules, by families of languages with the same rule.
using Categories = std::span<const std::string_view>;
constexpr std::array<std::string_view, 1> other = {"other"};
constexpr std::array<std::string_view, 2> one_other = {"one", "other"};
constexpr std::array<std::string_view, 3> one_few_many = {"one", "few", "many"};
constexpr std::array<std::string_view, 3> one_few_other = {"one", "few", "other"};
constexpr std::array<std::string_view, 6> all_six = {"zero", "one", "two", "few", "many", "other"};

constexpr bool is_between(std::uint64_t number, std::uint64_t least, std::uint64_t most)
{
    return number >= least && number <= most;
}

std::string_view always_other(std::uint64_t)
{
    return "other";
}
std::string_view english(std::uint64_t n)
{
    return n == 1 ? "one" : "other";
}
std::string_view french(std::uint64_t n)
{
    return n <= 1 ? "one" : "other";
}
std::string_view czech(std::uint64_t n)
{
    return n == 1 ? "one" : is_between(n, 2, 4) ? "few" : "other";
}
std::string_view polish(std::uint64_t n)
{
    const bool few = is_between(n % 10, 2, 4) && !is_between(n % 100, 12, 14);
    return n == 1 ? "one" : few ? "few" : "many";
}
std::string_view russian(std::uint64_t n)
{
    const bool few = is_between(n % 10, 2, 4) && !is_between(n % 100, 12, 14);
    return n % 10 == 1 && n % 100 != 11 ? "one" : few ? "few" : "many";
}
std::string_view croatian(std::uint64_t n)
{
    const auto category = russian(n);
    return category == "many" ? "other" : category;
}
std::string_view romanian(std::uint64_t n)
{
    return n == 1 ? "one" : n == 0 || is_between(n % 100, 1, 19) ? "few" : "other";
}
std::string_view lithuanian(std::uint64_t n)
{
    if (is_between(n % 100, 11, 19) || n % 10 == 0)
        return "other";
    return n % 10 == 1 ? "one" : "few";
}
std::string_view arabic(std::uint64_t n)
{
    if (n <= 2)
        return all_six.at(n);
    return is_between(n % 100, 3, 10) ? "few" : n % 100 >= 11 ? "many" : "other";
}

struct Family {
    std::string_view languages; // separated by spaces
    Categories categories;
    std::string_view (*category)(std::uint64_t);
};

constexpr Family english_family = {" en ", one_other, english};
constexpr std::array families = {
    Family{" id ja ko lo ms my th vi yue zh ", other, always_other},
    Family{" am bn fa fr gu hi hy kn pt zu ", one_other, french},
    Family{" cs sk ", one_few_other, czech},
    Family{" pl ", one_few_many, polish},
    Family{" be ru uk ", one_few_many, russian},
    Family{" bs hr sr ", one_few_other, croatian},
    Family{" mo ro ", one_few_other, romanian},
    Family{" lt ", one_few_other, lithuanian},
    Family{" ar ", all_six, arabic},
};

const Family& family_of(std::string_view tag)
{
    std::string word = " ";
    word.append(to_lower(tag.substr(0, tag.find('-')))).append(" ");
    const auto found = std::ranges::find_if(families, [&](const Family& f) { return f.languages.contains(word); });
    return found != families.end() ? *found : english_family;
}

} // namespace

bool is_language_tag(std::string_view text)
{
    for (std::size_t part = 0; const char c : text) {
        part = c == '-' ? 0 : part + 1;
        if ((c != '-' && !is_base62(c)) || part > 8)
            return false;
    }
    return !text.empty() && !text.starts_with('-') && !text.ends_with('-') && !text.contains("--");
}

std::string_view broader_language(std::string_view tag)
{
    const auto hyphen = tag.rfind('-');
    tag = tag.substr(0, hyphen == std::string_view::npos ? 0 : hyphen);
    if (tag.size() >= 2 && tag[tag.size() - 2] == '-') // a single letter only introduces the part after it
        tag.remove_suffix(2);
    return tag;
}

std::optional<std::size_t> choose_language(std::span<const std::string> tags, std::string_view ui_locales,
                                           std::string_view accept_language)
{
    while (!ui_locales.empty())
        if (const auto found = look_up(tags, take_piece(ui_locales, ' ')))
            return found;

    std::optional<std::size_t> best;
    for (int best_weight = 0; !accept_language.empty();) {
        auto parameters = take_piece(accept_language, ',');
        const auto range = take_piece(parameters, ';');
        const int weight = weight_of(parameters);
        if (weight <= best_weight)
            continue;
        if (const auto found = look_up(tags, range)) {
            best = found;
            best_weight = weight;
        }
    }
    return best;
}

std::string_view plural_category(std::string_view tag, std::uint64_t number)
{
    return family_of(tag).category(number);
}

std::span<const std::string_view> plural_categories(std::string_view tag)
{
    return family_of(tag).categories;
}

} // namespace stile
