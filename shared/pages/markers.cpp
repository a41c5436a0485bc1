#include "shared/pages/markers.h"

#include "shared/base/text.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

namespace stile {

namespace {

constexpr std::string_view first_line = "{{%AUTOESCAPE context=\"HTML\"}}";
// Exactly these bytes: the content security policy has their digests.
constexpr std::string_view style = "<style>{{STYLE:none}}</style>";
constexpr std::string_view script = "<script>{{SCRIPT:none}}</script>";

[[noreturn]] void refuse(const std::string& file, const std::string& why)
{
    throw std::runtime_error(file + " " + why);
}

std::string marker(std::string_view kind, std::string_view name)
{
    return std::string("{{").append(kind).append(name).append("}}");
}

bool is_name(std::string_view text)
{
    return !text.empty() && all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

// Reads one template. Only the few kinds of markers that Stile's pages use are accepted: others could switch off
// escaping.
class Reading {
public:
    explicit Reading(const std::string& file) : m_file(file) {}

    PageMarkers read(std::string_view page)
    {
        if (!page.starts_with(first_line))
            refuse(m_file, "does not begin with " + std::string(first_line));
        page.remove_prefix(first_line.size());
        for (auto open = page.find("{{"); open != std::string_view::npos; open = page.find("{{")) {
            const bool is_whole = (open >= 7 && page.substr(open - 7).starts_with(style))
                                  || (open >= 8 && page.substr(open - 8).starts_with(script));
            const auto close = page.find("}}", open);
            if (close == std::string_view::npos)
                refuse(m_file, "has {{ without }}");
            take(page.substr(open + 2, close - open - 2), is_whole);
            page.remove_prefix(close + 2);
        }
        if (!m_sections.empty())
            refuse(m_file, "has " + marker("#", m_sections.back()) + " without " + marker("/", m_sections.back()));
        return std::move(m_found);
    }

private:
    void take(std::string_view inside, bool is_whole)
    {
        if (inside.starts_with('!'))
            return;
        const auto name = inside.substr(inside.find_first_of("#/>") == 0 ? 1 : 0);
        if (!is_whole && !is_name(name))
            refuse(m_file, "has " + marker("", inside) + ", which is not allowed in pages");
        else if (!is_whole && inside.starts_with('/'))
            close(name);
        else
            add(marker("", inside));
        if (inside.starts_with('#'))
            m_sections.emplace_back(name);
    }

    void close(std::string_view name)
    {
        if (m_sections.empty() || m_sections.back() != name)
            refuse(m_file, "has " + marker("/", name) + " without " + marker("#", name));
        m_sections.pop_back();
    }

    void add(const std::string& found)
    {
        m_found.names.insert(found);
        std::string place = found;
        for (auto section = m_sections.rbegin(); section != m_sections.rend(); ++section)
            place.append(" in ").append(marker("#", *section));
        m_found.places.insert(std::move(place));
    }

    const std::string& m_file;
    std::vector<std::string> m_sections;
    PageMarkers m_found;
};

std::set<std::string> attributes_of(std::string_view page)
{
    std::set<std::string> found;
    for (const std::string_view attribute : {" name=\"", " value=\"", " method=\""})
        for (auto at = page.find(attribute); at != std::string_view::npos; at = page.find(attribute, at + 1))
            found.emplace(page.substr(at + 1, page.find('"', at + attribute.size()) - at));
    return found;
}

} // namespace

PageMarkers read_markers(std::string_view page, const std::string& file)
{
    auto markers = Reading(file).read(page);
    markers.attributes = attributes_of(page);
    if (to_lower(replace_all(std::string(page), script, "")).contains("<script"))
        refuse(file, "has a script, which the content security policy forbids");
    return markers;
}

void require_same_markers(const PageMarkers& page, const PageMarkers& original, const PageMarkers& head,
                          const std::string& file)
{
    for (const auto& name : page.names)
        if (!original.names.contains(name) && !head.names.contains(name))
            refuse(file, "has " + name + ", which has no value");
    for (const auto& [there, needed] :
         {std::pair(&page.places, &original.places), std::pair(&page.attributes, &original.attributes)})
        for (const auto& one : *needed)
            if (!there->contains(one))
                refuse(file, "lacks " + one);
}

} // namespace stile
