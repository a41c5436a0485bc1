#include "tests/bench/load/http.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace stile::load {

namespace {

constexpr std::string_view end_of_line = "\r\n";
constexpr std::string_view end_of_head = "\r\n\r\n";

std::string head(std::string_view method, std::string_view target, std::string_view headers)
{
    std::string text(method);
    text.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(headers);
    return text;
}

template <typename Number>
Number number(std::string_view text)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || text.empty())
        throw std::runtime_error("not a number in an answer: " + std::string(text));
    return value;
}

} // namespace

std::string get(std::string_view target, std::string_view headers)
{
    return head("GET", target, headers).append(end_of_line);
}

std::string post(std::string_view target, std::string_view form, std::string_view headers)
{
    return head("POST", target, headers)
        .append("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ")
        .append(std::to_string(form.size()))
        .append(end_of_head)
        .append(form);
}

std::string encode(std::string_view value)
{
    constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (unreserved.contains(c))
            text += c;
        else
            text.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return text;
}

std::string_view between(std::string_view text, std::string_view before, std::string_view after)
{
    const auto found = text.find(before);
    if (found == std::string_view::npos)
        return {};
    text.remove_prefix(found + before.size());
    return text.substr(0, text.find(after));
}

std::string_view Answer::header(std::string_view name) const
{
    const std::string line = std::string(end_of_line).append(name).append(": ");
    return between(head, line, end_of_line);
}

std::optional<Answer> AnswerReader::add(std::string_view bytes)
{
    m_bytes.append(bytes);
    const auto end = m_bytes.find(end_of_head);
    if (end == std::string::npos)
        return std::nullopt;
    Answer answer;
    answer.head = m_bytes.substr(0, end + end_of_line.size());
    if (!answer.head.starts_with("HTTP/1.1 "))
        throw std::runtime_error("not an HTTP/1.1 answer: " + answer.head.substr(0, 40));
    const auto announced = answer.header("Content-Length");
    const auto length = announced.empty() ? 0 : number<std::size_t>(announced);
    const auto whole = end + end_of_head.size() + length;
    if (m_bytes.size() < whole)
        return std::nullopt;
    answer.status = number<int>(std::string_view(answer.head).substr(9, 3));
    answer.body = m_bytes.substr(end + end_of_head.size(), length);
    answer.closes = answer.header("Connection") == "close";
    m_bytes.erase(0, whole);
    return answer;
}

void CookieJar::take(const Answer& answer)
{
    constexpr std::string_view name_of_header = "\r\nSet-Cookie: ";
    std::string_view rest = answer.head;
    for (auto found = rest.find(name_of_header); found != std::string_view::npos; found = rest.find(name_of_header)) {
        rest.remove_prefix(found + name_of_header.size());
        const auto line = rest.substr(0, rest.find(end_of_line));
        const auto pair = line.substr(0, line.find(';'));
        const auto name = pair.substr(0, pair.find('='));
        std::erase_if(m_cookies, [name](const auto& cookie) { return cookie.first == name; });
        if (!line.contains("Max-Age=0"))
            add(pair);
    }
}

void CookieJar::add(std::string_view pair)
{
    const auto name = pair.substr(0, pair.find('='));
    if (!name.empty())
        m_cookies.emplace_back(name, pair.substr(std::min(pair.size(), name.size() + 1)));
}

std::string CookieJar::header() const
{
    std::string text;
    for (const auto& [name, value] : m_cookies)
        text.append(text.empty() ? "Cookie: " : "; ").append(name).append("=").append(value);
    return text.empty() ? text : text.append(end_of_line);
}

} // namespace stile::load
