// HTML pages from templates (ctemplate), escaped for their context by the engine.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

struct PageSection;

// What a template is filled with. Sections that are not named stay hidden.
struct PageFields {
    std::vector<std::pair<std::string, std::string>> values;
    std::vector<PageSection> sections; // the same name again repeats the section

    void set(std::string name, std::string value) { values.emplace_back(std::move(name), std::move(value)); }
    void show(std::string name);
    void show(std::string name, PageFields fields);
};

struct PageSection {
    std::string name;
    PageFields fields;
};

inline void PageFields::show(std::string name)
{
    sections.push_back({std::move(name), {}});
}

inline void PageFields::show(std::string name, PageFields fields)
{
    sections.push_back({std::move(name), std::move(fields)});
}

// The templates of one folder, all read and parsed at start. render() is thread-safe.
class Templates {
public:
    // Throws std::runtime_error, which ends the process at its start, when the folder lacks a template or one does
    // not parse, or does not begin with the line that turns escaping on.
    explicit Templates(const std::string& folder);
    ~Templates();

    // `name` without ".tpl"; every page may include head.tpl and gets the stylesheet through it.
    std::string render(std::string_view name, const PageFields& fields) const;

    // base64, for the style-src of a Content-Security-Policy (CSP Level 3 §6.7.3.3).
    const std::string& stylesheet_sha256() const { return m_stylesheet_sha256; }

    // The words for a scope value, or nothing when scopes.json has none.
    std::string_view scope_in_words(std::string_view scope) const;

private:
    struct Cache;

    std::string m_folder;
    std::string m_stylesheet;
    std::string m_stylesheet_sha256;
    std::vector<std::pair<std::string, std::string>> m_scopes;
    std::unique_ptr<Cache> m_cache;
};

std::shared_ptr<const Templates> load_templates(const std::string& folder);

} // namespace stile
