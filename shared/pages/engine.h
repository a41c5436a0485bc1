// HTML pages from templates, in each available language. ctemplate escapes each value for its context.
#pragma once

#include "shared/pages/files.h"
#include "shared/pages/texts.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

struct PageSection;

// The values for a template. A section is hidden unless it is shown here.
struct PageFields {
    std::vector<std::pair<std::string, std::string>> values;
    std::vector<PageSection> sections; // a section with the same name again repeats it

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

// The templates in one language, parsed with its texts in them. So the cost of a page does not depend on the number of
// texts or languages.
class Language {
public:
    Language(const PagesOfLanguage& pages, const std::string& stylesheet);
    ~Language();
    Language(Language&&) noexcept;

    const Texts& texts() const { return m_texts; }

    // `name` without ".tpl"; every page may include head.tpl and gets the stylesheet through it. Thread-safe.
    std::string render(std::string_view name, const PageFields& fields) const;

private:
    struct Cache;

    Texts m_texts;
    std::string m_stylesheet;
    std::unique_ptr<Cache> m_cache;
};

// All pages, read and parsed at start. Thread-safe.
class Templates {
public:
    // Throws std::runtime_error, which prevents the start; see read_pages().
    explicit Templates(const PageFiles& files);

    // The best match for ui_locales and Accept-Language (language.h), otherwise STILE_LANGUAGE.
    const Language& choose(std::string_view ui_locales, std::string_view accept_language) const;

    // Digest of the stylesheet in base64, for style-src of the Content-Security-Policy (CSP Level 3 §6.7.3.3).
    const std::string& stylesheet_sha256() const { return m_stylesheet_sha256; }
    // The same for script-src. The only script that a page can have submits the page's form.
    const std::string& submit_script_sha256() const { return m_submit_script_sha256; }

private:
    std::string m_stylesheet_sha256;
    std::string m_submit_script_sha256;
    std::vector<std::string> m_tags;
    std::vector<Language> m_languages; // in the order of the tags; STILE_LANGUAGE first
};

std::shared_ptr<const Templates> load_templates(const PageFiles& files);

} // namespace stile
