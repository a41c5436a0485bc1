// Everything that could go wrong on a page is checked here, once, at start: the texts of each language (their
// placeholders and plural forms), the stylesheet (its digest goes into the content security policy), and the markers of
// the templates. The result is a set of templates per language with the texts already in them, so that rendering only
// fills in values.
#include "shared/pages/files.h"

#include "shared/base/text.h"
#include "shared/pages/language.h"
#include "shared/pages/markers.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

namespace stile {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view whole_language = R"(lang="[[language]]")";

[[noreturn]] void refuse(const std::string& file, const std::string& why)
{
    throw std::runtime_error(file + " " + why);
}

std::string read_file(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string content(std::istreambuf_iterator<char>(file), {});
    if (!file)
        refuse(path, "cannot be read");
    return content;
}

bool is_utf8(const std::string& text)
{
    try {
        return !nlohmann::json(text).dump().empty();
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
}

// A browser computes the digest of what it has parsed: with LF for CR LF, and as UTF-8 (CSP Level 3 §6.7.3.3).
std::string read_stylesheet(const std::string& path)
{
    std::string text;
    for (const char c : read_file(path)) {
        if (c == '\n' && text.ends_with('\r'))
            text.pop_back();
        text += c;
    }
    std::ranges::replace(text, '\r', '\n');
    if (text.contains("</") || text.contains("<!--") || text.contains('\0') || !is_utf8(text))
        refuse(path, "cannot be embedded in a page: it must be UTF-8 without \"</\", \"<!--\" and NUL");
    return text;
}

std::string escaped(std::string_view text)
{
    std::string html;
    for (const char c : text) {
        // Escape markup, and markers of templates and of texts.
        if (std::string_view("&<>\"'{}[]").contains(c))
            html.append("&#").append(std::to_string(static_cast<int>(c))).append(";");
        else
            html += c;
    }
    return html;
}

// The text of "[[key element …]]" as part of a template.
std::string in_template(std::string_view text, const std::vector<std::string_view>& elements)
{
    std::string piece;
    walk_text(
        text, [&](std::string_view plain) { piece.append(escaped(plain)); },
        [&](std::string_view name) {
            for (const auto element : elements)
                piece.append("<").append(element).append(">");
            piece.append("{{").append(name).append("}}");
            for (auto element = elements.rbegin(); element != elements.rend(); ++element)
                piece.append("</").append(*element).append(">");
        });
    return piece;
}

std::string put_in_texts(std::string_view page, const Texts& texts, const std::string& file)
{
    std::string whole;
    for (auto open = page.find("[["); open != std::string_view::npos; open = page.find("[[")) {
        const auto close = page.find("]]", open);
        if (close == std::string_view::npos)
            refuse(file, "has [[ without ]]");
        const auto words = split(page.substr(open + 2, close - open - 2), ' ');
        if (words.empty() || texts.find(words[0]).empty())
            refuse(file, "uses [[" + std::string(words.empty() ? "" : words[0]) + "]], which texts/en.json lacks");
        if (!std::all_of(words.begin() + 1, words.end(),
                         [](auto word) { return !word.empty() && all_of(word, is_base62); }))
            refuse(file, "puts " + std::string(words[0]) + " into an invalid element");
        whole.append(page.substr(0, open)).append(in_template(texts.find(words[0]), {words.begin() + 1, words.end()}));
        page.remove_prefix(close + 2);
    }
    return whole.append(page);
}

// The existing folders of the pages, the theme first.
std::vector<std::string> folders_of(const PageFiles& files)
{
    if (files.theme.empty())
        return {files.installed};
    std::error_code none;
    if (!fs::is_directory(files.theme, none))
        refuse(files.theme, "is not a readable folder (STILE_THEME)");
    return {files.theme, files.installed};
}

std::string first_of(const std::vector<std::string>& folders, const std::string& name)
{
    std::error_code none;
    for (const auto& folder : folders)
        if (auto path = folder + "/" + name; fs::exists(path, none))
            return path;
    refuse(folders.back() + "/" + name, "does not exist (STILE_PAGES)");
}

// The names in a folder with this ending, without the ending; sorted.
std::set<std::string> names_in(const std::string& folder, std::string_view ending)
{
    std::set<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (entry.path().extension() == ending)
            names.insert(entry.path().stem());
    if (error && error != std::errc::no_such_file_or_directory)
        refuse(folder, "cannot be read: " + error.message());
    return names;
}

// The texts of all languages -------------------------------------------------------------------------------------------

class TextFiles {
public:
    explicit TextFiles(const std::vector<std::string>& folders)
        : m_installed_english(read_text_file(first_of({folders.back()}, "texts/en.json")))
    {
        for (const auto& folder : folders)
            for (const auto& tag : names_in(folder + "/texts", ".json"))
                add(tag, folder + "/texts/" + tag + ".json");
        for (const auto& [tag, own] : m_by_language)
            for (const auto& [key, path] : own.paths)
                check_placeholders(key, own.texts.at(key), path);
    }

    // STILE_LANGUAGE first.
    std::vector<std::string> tags(const std::string& first) const
    {
        if (!m_by_language.contains(first))
            throw std::runtime_error("STILE_LANGUAGE is " + first + ", but there is no texts/" + first + ".json");
        std::vector<std::string> tags = {first};
        for (const auto& [tag, own] : m_by_language)
            if (tag != first)
                tags.push_back(tag);
        return tags;
    }

    // Each text from the language, otherwise from the broader language, otherwise from English.
    PagesOfLanguage pages_of(const std::string& tag) const
    {
        TextFile own;
        for (std::string_view at = tag; !at.empty(); at = broader_language(at))
            if (const auto found = m_by_language.find(at); found != m_by_language.end())
                own.insert(found->second.texts.begin(), found->second.texts.end());
        std::vector<std::string> unknown;
        for (const auto& [key, text] : own)
            if (!english().contains(key) && !key.starts_with("scope.") && reference_of(key).empty())
                unknown.push_back(key);
        auto missing = missing_in(own, tag);
        own.insert(english().begin(), english().end());
        own["language"] = tag;
        return {Texts(tag, std::move(own)), {}, std::move(missing), std::move(unknown)};
    }

private:
    struct OfLanguage {
        TextFile texts;
        std::map<std::string, std::string> paths; // the file of each text
    };

    const TextFile& english() const { return m_by_language.find("en")->second.texts; }

    void add(const std::string& tag, const std::string& path)
    {
        if (!is_language_tag(tag))
            refuse(path, "must be named after a language (RFC 5646), such as en.json or pt-BR.json");
        auto& own = m_by_language[tag];
        for (auto& [key, text] : read_text_file(path))
            if (own.texts.emplace(key, text).second) // the theme comes first
                own.paths[key] = path;
    }

    // "login.wait" for "login.wait.one", if the text has plural forms; otherwise "".
    std::string plural_of(const std::string& key) const
    {
        const auto dot = key.rfind('.');
        const auto forms = plural_categories("ar"); // Arabic has all of them
        if (dot == std::string::npos || std::ranges::find(forms, key.substr(dot + 1)) == forms.end()
            || !english().contains(key.substr(0, dot) + ".other"))
            return {};
        return key.substr(0, dot);
    }

    std::string reference_of(const std::string& key) const
    {
        const auto plural = plural_of(key);
        const auto name = plural.empty() ? key : plural + ".other";
        const auto found = m_installed_english.find(name);
        if (found != m_installed_english.end())
            return found->second;
        const auto own = english().find(name);
        return own != english().end() ? own->second : "";
    }

    // A plural form may leave out {NUMBER}, because it can name the number in words. Otherwise the placeholders are the
    // same.
    void check_placeholders(const std::string& key, const std::string& text, const std::string& path) const
    {
        auto needed = placeholders_of(reference_of(key));
        if (needed.empty() && !english().contains(key))
            return;
        auto there = placeholders_of(text);
        if (!plural_of(key).empty()) {
            std::erase(needed, "NUMBER");
            std::erase(there, "NUMBER");
        }
        if (there != needed)
            refuse(path, "must have in \"" + key + "\" the placeholders of the English text: "
                             + (needed.empty() ? "none" : "{" + join(needed, "}, {") + "}"));
    }

    std::vector<std::string> missing_in(const TextFile& own, const std::string& tag) const
    {
        std::set<std::string> missing;
        for (const auto& [key, text] : english()) {
            const auto plural = plural_of(key);
            if (plural.empty() && !own.contains(key))
                missing.insert(key);
            if (!plural.empty())
                for (const auto category : plural_categories(tag))
                    if (const auto form = plural + "." + std::string(category); !own.contains(form))
                        missing.insert(form);
        }
        return {missing.begin(), missing.end()};
    }

    TextFile m_installed_english; // the texts of a theme are checked against it
    std::map<std::string, OfLanguage, std::less<>> m_by_language;
};

// The templates --------------------------------------------------------------------------------------------------------

struct Template {
    std::string path;
    std::string original_path;
};

std::map<std::string, Template> find_templates(const std::vector<std::string>& folders)
{
    std::map<std::string, Template> found;
    const auto& installed = folders.back();
    for (const auto& name : names_in(installed, ".tpl"))
        found[name + ".tpl"] = {first_of(folders, name + ".tpl"), installed + "/" + name + ".tpl"};
    for (const auto& folder : folders)
        for (const auto& name : names_in(folder, ".tpl"))
            if (!found.contains(name + ".tpl"))
                refuse(folder + "/" + name + ".tpl", "replaces no page: " + installed + " has no such file");
    for (const std::string name : {"head.tpl", "message.tpl"})
        if (!found.contains(name))
            refuse(installed + "/" + name, "does not exist (STILE_PAGES)");
    return found;
}

} // namespace

PageSet read_pages(const PageFiles& files)
{
    const auto folders = folders_of(files);
    const TextFiles texts(folders);
    const auto templates = find_templates(folders);
    PageSet set;
    set.stylesheet = read_stylesheet(first_of(folders, "style.css"));
    for (const auto& tag : texts.tags(files.language)) {
        auto& pages = set.languages.emplace_back(texts.pages_of(tag));
        const auto markers_of = [&](const std::string& path) {
            return read_markers(put_in_texts(read_file(path), pages.texts, path), path);
        };
        const auto head = markers_of(templates.at("head.tpl").original_path);
        for (const auto& [name, page] : templates) {
            const auto source = read_file(page.path);
            if (name == "head.tpl" && !source.contains(whole_language))
                refuse(page.path, "lacks " + std::string(whole_language));
            auto merged = put_in_texts(source, pages.texts, page.path);
            require_same_markers(read_markers(merged, page.path), markers_of(page.original_path), head, page.path);
            pages.templates.emplace(name, std::move(merged));
        }
    }
    return set;
}

} // namespace stile
