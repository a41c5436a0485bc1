// The texts of the pages in one language. They come from files that translators edit, not from code.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

// The texts of one file: {"key": "text"}. A text may have {PLACEHOLDERS}.
using TextFile = std::map<std::string, std::string, std::less<>>;

// Throws std::runtime_error with the path, if the file cannot be read or is not such an object.
TextFile read_text_file(const std::string& path);

// The values for the placeholders of a text.
using TextValues = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Texts {
public:
    Texts(std::string language, TextFile texts) : m_language(std::move(language)), m_texts(std::move(texts)) {}

    const std::string& language() const { return m_language; } // its tag (RFC 5646)

    // "" if there is no text with that key.
    std::string_view find(std::string_view key) const;
    std::string fill(std::string_view key, TextValues values = {}) const;
    // The plural form of the text for this number: "key.one", "key.other" … with {NUMBER}.
    std::string count(std::string_view key, std::uint64_t number) const;

private:
    std::string m_language;
    TextFile m_texts;
};

// The placeholders of a text, sorted.
std::vector<std::string> placeholders_of(std::string_view text);

// Calls `plain` for the text between placeholders and `placeholder` for their names, in order.
void walk_text(std::string_view text, const std::function<void(std::string_view)>& plain,
               const std::function<void(std::string_view)>& placeholder);

} // namespace stile
