#include "shared/pages/texts.h"

#include "shared/pages/language.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace stile {

TextFile read_text_file(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    const auto json = nlohmann::json::parse(file, nullptr, false);
    const auto is_text = [](const nlohmann::json& value) { return value.is_string(); };
    if (!json.is_object() || !std::ranges::all_of(json, is_text))
        throw std::runtime_error(path + R"( is not a JSON object of strings: {"key": "text"})");
    return json.get<TextFile>();
}

void walk_text(std::string_view text, const std::function<void(std::string_view)>& plain,
               const std::function<void(std::string_view)>& placeholder)
{
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    while (!text.empty()) {
        const auto open = std::min(text.find('{'), text.size());
        const auto close = std::min(text.find_first_not_of(letters, open + 1), text.size());
        const bool is_placeholder = close < text.size() && text[close] == '}' && close > open + 1;
        const auto end = is_placeholder ? open : close;
        plain(text.substr(0, end));
        if (is_placeholder)
            placeholder(text.substr(open + 1, close - open - 1));
        text.remove_prefix(is_placeholder ? close + 1 : end);
    }
}

std::vector<std::string> placeholders_of(std::string_view text)
{
    std::vector<std::string> names;
    walk_text(text, [](std::string_view) {}, [&](std::string_view name) { names.emplace_back(name); });
    std::ranges::sort(names);
    const auto [repeated, end] = std::ranges::unique(names);
    names.erase(repeated, end);
    return names;
}

std::string_view Texts::find(std::string_view key) const
{
    const auto found = m_texts.find(key);
    return found != m_texts.end() ? std::string_view(found->second) : std::string_view();
}

std::string Texts::fill(std::string_view key, TextValues values) const
{
    std::string filled;
    walk_text(
        find(key), [&](std::string_view plain) { filled.append(plain); },
        [&](std::string_view name) {
            for (const auto& [known, value] : values)
                if (known == name)
                    filled.append(value);
        });
    return filled;
}

std::string Texts::count(std::string_view key, std::uint64_t number) const
{
    const std::string beginning = std::string(key) + ".";
    const auto form = beginning + std::string(plural_category(m_language, number));
    return fill(find(form).empty() ? beginning + "other" : form, {{"NUMBER", std::to_string(number)}});
}

} // namespace stile
