#include "shared/pages/engine.h"

#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "shared/pages/language.h"

#include <ctemplate/template.h>
#include <ctemplate/template_cache.h>
#include <ctemplate/template_dictionary.h>

#include <stdexcept>

namespace stile {

namespace {

constexpr std::string_view submit_script = "document.forms[0].submit()";

void fill(ctemplate::TemplateDictionary& dictionary, const PageFields& fields)
{
    for (const auto& [name, value] : fields.values)
        dictionary.SetValue(name, value);
    for (const auto& [name, section] : fields.sections)
        fill(*dictionary.AddSectionDictionary(name), section);
}

} // namespace

struct Language::Cache {
    ctemplate::TemplateCache templates;
};

Language::Language(const PagesOfLanguage& pages, const std::string& stylesheet)
    : m_texts(pages.texts),
      m_stylesheet(stylesheet),
      m_cache(std::make_unique<Cache>())
{
    for (const auto& [name, content] : pages.templates)
        if (!m_cache->templates.StringToTemplateCache(name, content, ctemplate::STRIP_BLANK_LINES))
            throw std::runtime_error("cannot parse the page " + name);
    m_cache->templates.Freeze(); // nothing is reloaded: rendering needs no lock
}

Language::~Language() = default;
Language::Language(Language&&) noexcept = default;

std::string Language::render(std::string_view name, const PageFields& fields) const
{
    ctemplate::TemplateDictionary dictionary("page");
    // Only global values reach the templates that a page includes.
    for (const auto& [field, value] : fields.values)
        dictionary.SetTemplateGlobalValue(field, value);
    for (const auto& [section, its_fields] : fields.sections)
        fill(*dictionary.AddSectionDictionary(section), its_fields);
    dictionary.AddIncludeDictionary("HEAD")->SetFilename("head.tpl");
    dictionary.SetTemplateGlobalValueWithoutCopy("STYLE", m_stylesheet);
    dictionary.SetTemplateGlobalValueWithoutCopy("SCRIPT",
                                                 ctemplate::TemplateString(submit_script.data(), submit_script.size()));
    std::string page;
    m_cache->templates.ExpandWithData(std::string(name) + ".tpl", ctemplate::STRIP_BLANK_LINES, &dictionary, nullptr,
                                      &page);
    return page;
}

Templates::Templates(const PageFiles& files)
{
    const auto set = read_pages(files);
    m_stylesheet_sha256 = base64_encode(sha256(set.stylesheet));
    m_submit_script_sha256 = base64_encode(sha256(submit_script));
    for (const auto& pages : set.languages) {
        m_tags.push_back(pages.texts.language());
        m_languages.emplace_back(pages, set.stylesheet);
    }
}

const Language& Templates::choose(std::string_view ui_locales, std::string_view accept_language) const
{
    return m_languages[choose_language(m_tags, ui_locales, accept_language).value_or(0)];
}

std::shared_ptr<const Templates> load_templates(const PageFiles& files)
{
    return std::make_shared<const Templates>(files);
}

} // namespace stile
