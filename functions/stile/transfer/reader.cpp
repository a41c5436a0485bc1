#include "functions/stile/transfer/reader.h"

#include "shared/base/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace stile::admin {

std::unexpected<OAuthError> refuse(const std::string& place, const std::string& why)
{
    return fail(ErrorCode::invalid_request, place + ": " + why);
}

std::string printable(std::string text)
{
    std::ranges::replace_if(text, [](char c) { return !is_vschar(c); }, '?');
    return text;
}

template <typename Value>
Result<void> Reader::take(const std::string& name, Value& value, bool fits, const char* expectation) const
{
    if (!m_object.contains(name))
        return {};
    if (!fits)
        return refuse(place_of(name), expectation);
    value = m_object[name].template get<Value>();
    return {};
}

Result<void> Reader::has(std::size_t required, const std::vector<std::string>& names) const
{
    if (!m_object.is_object())
        return refuse(m_place, "must be an object");
    for (const auto& [name, value] : m_object.items())
        if (std::ranges::find(names, name) == names.end())
            return refuse(place_of(printable(name)), "is an unknown field");
    for (std::size_t i = 0; i < required; ++i)
        if (!m_object.contains(names[i]))
            return refuse(place_of(names[i]), "is missing");
    return {};
}

Result<void> Reader::read(const std::string& name, std::string& text) const
{
    return take(name, text, m_object.contains(name) && m_object[name].is_string(), "must be a string");
}

Result<void> Reader::read(const std::string& name, bool& yes) const
{
    return take(name, yes, m_object.contains(name) && m_object[name].is_boolean(), "must be true or false");
}

Result<void> Reader::read(const std::string& name, Seconds& number) const
{
    const bool fits = m_object.contains(name) && m_object[name].is_number_unsigned()
                      && m_object[name].get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max() * 64ULL;
    return take(name, number, fits, "must be a whole number of seconds");
}

Result<void> Reader::read(const std::string& name, std::vector<std::string>& texts) const
{
    const bool is_list = m_object.contains(name) && m_object[name].is_array();
    if (is_list)
        for (std::size_t i = 0; i < m_object[name].size(); ++i)
            if (!m_object[name][i].is_string())
                return refuse(place_of(name) + "[" + std::to_string(i) + "]", "must be a string");
    return take(name, texts, is_list, "must be a list of strings");
}

Result<std::vector<std::pair<std::string, std::string>>> Reader::members(const std::string& name) const
{
    std::vector<std::pair<std::string, std::string>> members;
    if (!m_object.contains(name))
        return members;
    if (!m_object[name].is_object())
        return refuse(place_of(name), "must be an object");
    for (const auto& [member, value] : m_object[name].items())
        members.emplace_back(member, value.dump());
    return members;
}

Result<std::vector<Reader>> Reader::list(const std::string& name) const
{
    if (!m_object[name].is_array())
        return refuse(place_of(name), "must be a list");
    std::vector<Reader> readers;
    readers.reserve(m_object[name].size());
    for (std::size_t i = 0; i < m_object[name].size(); ++i)
        readers.emplace_back(m_object[name][i], place_of(name) + "[" + std::to_string(i) + "]");
    return readers;
}

} // namespace stile::admin
