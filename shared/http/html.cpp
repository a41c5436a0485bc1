#include "shared/http/html.h"

#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"

#include <ctemplate/template.h>
#include <ctemplate/template_cache.h>
#include <ctemplate/template_dictionary.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace stile {

namespace {

std::string read_file(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    if (!file || !content)
        throw std::runtime_error("STILE_PAGES: cannot read " + path.string());
    return content.str();
}

void fill(ctemplate::TemplateDictionary& dictionary, const PageFields& fields)
{
    for (const auto& [name, value] : fields.values)
        dictionary.SetValue(name, value);
    for (const auto& [name, section] : fields.sections)
        fill(*dictionary.AddSectionDictionary(name), section);
}

} // namespace

struct Templates::Cache {
    ctemplate::TemplateCache templates;
};

Templates::Templates(const std::string& folder)
    : m_folder(folder),
      m_stylesheet(read_file(m_folder + "/style.css")),
      m_stylesheet_sha256(base64_encode(sha256(m_stylesheet))),
      m_cache(std::make_unique<Cache>())
{
    for (const auto& entry : std::filesystem::directory_iterator(m_folder)) {
        if (entry.path().extension() != ".tpl")
            continue;
        const auto content = read_file(entry.path());
        if (!content.starts_with("{{%AUTOESCAPE context=\"HTML\"}}"))
            throw std::runtime_error("STILE_PAGES: " + entry.path().string() + " does not begin with AUTOESCAPE");
        if (!m_cache->templates.StringToTemplateCache(entry.path().filename().string(), content,
                                                      ctemplate::STRIP_BLANK_LINES))
            throw std::runtime_error("STILE_PAGES: cannot parse " + entry.path().string());
    }
    m_cache->templates.Freeze(); // nothing is reloaded: rendering needs no lock
    const auto scopes = nlohmann::json::parse(read_file(m_folder + "/scopes.json"));
    for (const auto& [scope, words] : scopes.items())
        m_scopes.emplace_back(scope, words.get<std::string>());
}

Templates::~Templates() = default;

std::string Templates::render(std::string_view name, const PageFields& fields) const
{
    ctemplate::TemplateDictionary dictionary("page");
    fill(dictionary, fields);
    // Values of a page do not reach what it includes; global ones do.
    for (const auto& [field, value] : fields.values)
        dictionary.SetTemplateGlobalValue(field, value);
    dictionary.AddIncludeDictionary("HEAD")->SetFilename("head.tpl");
    dictionary.SetTemplateGlobalValue("STYLE", m_stylesheet);
    std::string page;
    m_cache->templates.ExpandWithData(std::string(name) + ".tpl", ctemplate::STRIP_BLANK_LINES, &dictionary, nullptr,
                                      &page);
    return page;
}

std::string_view Templates::scope_in_words(std::string_view scope) const
{
    for (const auto& [name, words] : m_scopes)
        if (name == scope)
            return words;
    return {};
}

std::shared_ptr<const Templates> load_templates(const std::string& folder)
{
    return std::make_shared<const Templates>(folder);
}

} // namespace stile
