#include "tests/endpoint/secrets.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace stile::test {

namespace {

constexpr std::size_t min_length = 16;
constexpr std::array names = {"code",     "state",         "code_verifier", "csrf_token",
                              "password", "client_secret", "access_token",  "refresh_token",
                              "token",    "id_token",      "id_token_hint", "logout_token"};

std::string after_question_mark(const std::string& target)
{
    const auto mark = target.find('?');
    return mark == std::string::npos ? "" : target.substr(mark + 1);
}

// A test may send what is not a form.
Parameters parameters_of(const std::string& form)
{
    try {
        return query_of("?" + form);
    } catch (const std::exception&) {
        return {};
    }
}

} // namespace

void Secrets::remember(const std::string& target, const Headers& headers, const std::string& cookies,
                       const std::string& body, const Answer& answer)
{
    const std::lock_guard lock(m_mutex);
    add(parameters_of(after_question_mark(target)));
    add(parameters_of(body));
    add_cookies(cookies);
    for (const auto& header : headers)
        if (header.starts_with("Authorization: ")) // the credentials after the scheme
            add(header.substr(header.rfind(' ') + 1));
    const auto json = nlohmann::json::parse(answer.body, nullptr, false);
    for (const char* name : names)
        if (json.is_object() && json.contains(name) && json[name].is_string())
            add(json[name].get<std::string>());
    const std::string field = "name=\"csrf_token\" value=\"";
    if (const auto at = answer.body.find(field); at != std::string::npos)
        add(answer.body.substr(at + field.size(), answer.body.find('"', at + field.size()) - at - field.size()));
    for (const auto& cookie : answer.all("set-cookie"))
        add_cookies(cookie.substr(0, cookie.find(';')));
    add(parameters_of(after_question_mark(answer.location())));
}

std::optional<std::string> Secrets::found_in(const std::string& text) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = std::ranges::find_if(m_values, [&](const auto& value) { return text.contains(value); });
    return found != m_values.end() ? std::optional(*found) : std::nullopt;
}

void Secrets::add(const std::string& value)
{
    if (value.size() >= min_length)
        m_values.insert(value);
}

void Secrets::add(const Parameters& parameters)
{
    for (const auto& [name, value] : parameters)
        if (std::ranges::find(names, name) != names.end())
            add(value);
}

void Secrets::add_cookies(std::string_view pairs)
{
    while (!pairs.empty()) {
        const auto end = std::min(pairs.find(';'), pairs.size());
        const auto pair = pairs.substr(0, end);
        if (const auto equals = pair.find('='); equals != std::string_view::npos)
            add(std::string(pair.substr(equals + 1)));
        pairs.remove_prefix(std::min(end + 2, pairs.size()));
    }
}

} // namespace stile::test
