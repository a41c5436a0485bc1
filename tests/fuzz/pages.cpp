// The pages (shared/pages/engine and every template): whatever bytes stand in a field, a page has the tags and attributes
// that it has with plain words. Lines: the page in the first byte and its sections in the second, then values.
#include "tests/fuzz/support/pages.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/markup.h"

namespace stile::fuzz {

namespace {

// Gives the values in turn, and shows each section by its bit.
class Filling {
public:
    Filling(std::vector<std::string_view> values, unsigned sections) : m_values(std::move(values)), m_sections(sections)
    {
    }

    PageFields fill(const PagePart& part)
    {
        PageFields fields;
        for (const auto& field : part.fields)
            fields.set(field, std::string(m_values[m_next_value++ % m_values.size()]));
        for (const auto& section : part.sections)
            if ((m_sections >> (m_next_section++ % 8) & 1U) != 0)
                fields.show(section.name, fill(section));
        return fields;
    }

private:
    std::vector<std::string_view> m_values;
    unsigned m_sections;
    std::size_t m_next_value = 0;
    std::size_t m_next_section = 0;
};

bool leads_somewhere(std::string_view attribute)
{
    return attribute == "href" || attribute == "src" || attribute == "action" || attribute == "formaction";
}

bool runs_script(std::string_view value)
{
    std::string scheme;
    for (const char c : value.substr(0, value.find(':')))
        if (c > 0x20)
            scheme += c;
    return value.contains(':') && (scheme == "javascript" || scheme == "data" || scheme == "vbscript");
}

} // namespace

void fuzz(std::string_view input)
{
    static const auto pages = page_parts();
    const auto all = lines(input, 10);
    const auto byte = [&](std::size_t i) { return i < all[0].size() ? static_cast<unsigned char>(all[0][i]) : 0U; };
    const auto& page = pages[byte(0) % pages.size()];

    Filling given({all.begin() + 1, all.end()}, byte(1));
    Filling plain({"word"}, byte(1));
    const auto tags = tags_of(templates().choose("", "").render(page.name, given.fill(page)));
    HOLDS(tags.size() > 5);
    HOLDS(skeleton_of(tags) == skeleton_of(tags_of(templates().choose("", "").render(page.name, plain.fill(page)))));
    for (const auto& tag : tags)
        for (const auto& [attribute, value] : tag.attributes)
            HOLDS(!attribute.starts_with("on") && !(leads_somewhere(attribute) && runs_script(value)));
}

} // namespace stile::fuzz
