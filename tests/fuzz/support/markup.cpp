#include "tests/fuzz/support/markup.h"

#include "shared/base/text.h"

#include <algorithm>

namespace stile::fuzz {

namespace {

constexpr std::string_view space = " \t\n\f\r";

class Reader {
public:
    explicit Reader(std::string_view html) : m_rest(html) {}

    std::vector<Tag> tags()
    {
        std::vector<Tag> result;
        while (skip_text(result.empty() ? "" : result.back().name))
            result.push_back(tag());
        return result;
    }

private:
    // To the next tag; inside <style> and <title> to their end.
    bool skip_text(const std::string& inside)
    {
        const bool is_raw = inside == "style" || inside == "title";
        for (;;) {
            m_rest.remove_prefix(std::min(m_rest.find('<'), m_rest.size()));
            if (m_rest.empty())
                return false;
            if (is_raw ? equals_ignoring_case(m_rest.substr(1, inside.size() + 1), "/" + inside) : begins_tag())
                return true;
            m_rest.remove_prefix(1);
        }
    }
    bool begins_tag() const
    {
        const char c = m_rest.size() > 1 ? to_lower(m_rest[1]) : '\0';
        return c == '/' || c == '!' || c == '?' || (c >= 'a' && c <= 'z');
    }

    std::string until(std::string_view ends)
    {
        const auto end = std::min(m_rest.find_first_of(ends), m_rest.size());
        std::string taken(m_rest.substr(0, end));
        m_rest.remove_prefix(end);
        return taken;
    }
    void skip(std::string_view characters)
    {
        m_rest.remove_prefix(std::min(m_rest.find_first_not_of(characters), m_rest.size()));
    }

    Tag tag()
    {
        m_rest.remove_prefix(1);
        if (m_rest.starts_with('!') || m_rest.starts_with('?')) {
            until(">");
            return {"!", {}};
        }
        Tag read = {to_lower(std::string(m_rest.substr(0, 1)) + (m_rest.remove_prefix(1), until(" \t\n\f\r/>"))), {}};
        for (skip(" \t\n\f\r/"); !m_rest.empty() && !m_rest.starts_with('>'); skip(" \t\n\f\r/"))
            read.attributes.push_back(attribute());
        return read;
    }

    std::pair<std::string, std::string> attribute()
    {
        std::string name(m_rest.substr(0, 1));
        m_rest.remove_prefix(1);
        name = to_lower(name + until(" \t\n\f\r/>="));
        skip(space);
        if (!m_rest.starts_with('='))
            return {name, ""};
        m_rest.remove_prefix(1);
        skip(space);
        if (!m_rest.starts_with('"') && !m_rest.starts_with('\''))
            return {name, until(" \t\n\f\r>")};
        const char quote = m_rest.front();
        m_rest.remove_prefix(1);
        auto value = until(std::string_view(&quote, 1));
        m_rest.remove_prefix(std::min<std::size_t>(1, m_rest.size()));
        return {name, value};
    }

    std::string_view m_rest;
};

} // namespace

std::vector<Tag> tags_of(std::string_view html)
{
    return Reader(html).tags();
}

std::string skeleton_of(const std::vector<Tag>& tags)
{
    std::string text;
    for (const auto& tag : tags) {
        text += tag.name;
        for (const auto& [name, value] : tag.attributes)
            text.append(" ").append(name);
        text += '\n';
    }
    return text;
}

} // namespace stile::fuzz
