#include "shared/store/reply.h"

#include "shared/base/text.h"

namespace stile {

Record::Record(Reply&& reply)
{
    m_fields.reserve(reply.elements.size() / 2);
    for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2)
        m_fields.emplace_back(std::move(reply.elements[i].text), std::move(reply.elements[i + 1].text));
}

const std::string& Record::operator[](std::string_view field) const
{
    static const std::string absent;
    for (const auto& [name, value] : m_fields)
        if (name == field)
            return value;
    return absent;
}

std::int64_t Record::number(std::string_view field) const
{
    return parse_number<std::int64_t>((*this)[field]).value_or(0);
}

} // namespace stile
