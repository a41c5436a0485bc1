#include "tests/support/answer.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>

namespace stile::test {

namespace {

nlohmann::ordered_json json_of(const Answer& answer)
{
    return nlohmann::ordered_json::parse(answer.body, nullptr, false);
}

} // namespace

std::string to_lower(std::string text)
{
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

void take_cookies(const Answer& answer, std::map<std::string, std::string>& cookies)
{
    for (const auto& cookie : answer.all("set-cookie")) {
        const auto equals = cookie.find('=');
        const auto end = std::min(cookie.find(';'), cookie.size());
        const auto name = cookie.substr(0, equals);
        if (cookie.contains("; Max-Age=0;"))
            cookies.erase(name);
        else
            cookies[name] = cookie.substr(equals + 1, end - equals - 1);
    }
}

std::string Answer::header(const std::string& name) const
{
    const auto found = headers.find(name);
    return found != headers.end() ? found->second : "";
}

std::vector<std::string> Answer::all(const std::string& name) const
{
    std::vector<std::string> values;
    const auto [first, last] = headers.equal_range(name);
    for (auto header = first; header != last; ++header)
        values.push_back(header->second);
    return values;
}

std::string encode(const std::string& value)
{
    constexpr char digits[] = "0123456789ABCDEF";
    std::string text;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || std::string_view("-._~").contains(c))
            text += c;
        else
            text.append("%").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
    return text;
}

std::string encode(const Parameters& parameters)
{
    std::string text;
    for (const auto& [name, value] : parameters)
        text.append(text.empty() ? "" : "&").append(encode(name)).append("=").append(encode(value));
    return text;
}

std::string decode(const std::string& value)
{
    std::string text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '%' && i + 2 < value.size()) {
            text += static_cast<char>(std::stoi(value.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            text += value[i] == '+' ? ' ' : value[i];
        }
    }
    return text;
}

Parameters query_of(const std::string& url)
{
    Parameters parameters;
    for (auto at = url.find('?'); at != std::string::npos && at < url.size();) {
        const auto end = std::min(url.find('&', at + 1), url.size());
        const auto pair = url.substr(at + 1, end - at - 1);
        const auto equals = std::min(pair.find('='), pair.size());
        parameters.emplace_back(decode(pair.substr(0, equals)), decode(pair.substr(std::min(equals + 1, pair.size()))));
        at = end;
    }
    return parameters;
}

std::string value_of(const Parameters& parameters, const std::string& name)
{
    const auto found = std::ranges::find(parameters, name, &Parameters::value_type::first);
    return found != parameters.end() ? found->second : "";
}

std::string basic(const std::string& id, const std::string& secret)
{
    static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::string pair = id + ":" + secret;
    std::string text;
    for (std::size_t i = 0; i < pair.size(); i += 3) {
        unsigned block = 0;
        for (std::size_t j = i; j < i + 3; ++j)
            block = block << 8 | (j < pair.size() ? static_cast<unsigned char>(pair[j]) : 0U);
        for (std::size_t j = 0; j < 4; ++j)
            text += i + j <= pair.size() ? alphabet[block >> (18 - 6 * j) & 63] : '=';
    }
    return "Authorization: Basic " + text;
}

Parameters without(Parameters parameters, const std::string& name)
{
    std::erase_if(parameters, [&](const auto& parameter) { return parameter.first == name; });
    return parameters;
}

std::string csrf_of(const Answer& page)
{
    const std::string field = "name=\"csrf_token\" value=\"";
    const auto at = page.body.find(field);
    if (at == std::string::npos)
        return {};
    return page.body.substr(at + field.size(), page.body.find('"', at + field.size()) - at - field.size());
}

std::string member(const Answer& answer, const std::string& name)
{
    const auto json = json_of(answer);
    if (!json.is_object() || !json.contains(name))
        return {};
    return json[name].is_string() ? json[name].get<std::string>() : json[name].dump();
}

std::vector<std::string> member_names(const Answer& answer)
{
    std::vector<std::string> names;
    const auto json = json_of(answer); // must outlive the loop
    for (const auto& entry : json.items())
        names.push_back(entry.key());
    return names;
}

Parameters changed(Parameters parameters, const Parameters& changes)
{
    for (const auto& [name, value] : changes) {
        const auto found = std::ranges::find(parameters, name, &Parameters::value_type::first);
        if (found != parameters.end())
            found->second = value;
        else
            parameters.emplace_back(name, value);
    }
    return parameters;
}

} // namespace stile::test
