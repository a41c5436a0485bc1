#include "tests/support/http_client.h"

#include "tests/support/secrets.h"

#include <curl/curl.h>

#include <algorithm>
#include <barrier>
#include <cctype>
#include <thread>

namespace stile::test {

namespace {

constexpr long patience = 40'000; // milliseconds; nginx itself gives up after 30 s, so this is a hang

std::string to_lower(std::string text)
{
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::size_t keep_body(char* data, std::size_t size, std::size_t count, void* answer)
{
    static_cast<Answer*>(answer)->body.append(data, size * count);
    return size * count;
}

std::size_t keep_header(char* data, std::size_t size, std::size_t count, void* into)
{
    const std::string line(data, size * count);
    auto& answer = *static_cast<Answer*>(into);
    if (line.starts_with("HTTP/")) // a final response after 100 Continue replaces it
        answer.headers.clear();
    const auto colon = line.find(": ");
    const auto end = line.find_last_not_of("\r\n");
    if (colon != std::string::npos && end != std::string::npos)
        answer.headers.emplace(to_lower(line.substr(0, colon)),
                               end > colon + 1 ? line.substr(colon + 2, end - colon - 1) : "");
    return size * count;
}

// Handles Set-Cookie like a browser, as far as these cookies need.
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

// curl must be initialised before other threads exist.
const CURLcode initialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);

} // namespace

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

void HttpClient::Close::operator()(void* handle) const
{
    ::curl_easy_cleanup(handle);
}

HttpClient::HttpClient(std::string base_url) : m_base_url(std::move(base_url)), m_handle(::curl_easy_init()) {}

HttpClient::~HttpClient() = default;

HttpClient::HttpClient(HttpClient&&) noexcept = default;

Answer HttpClient::get(const std::string& path, const Headers& headers)
{
    return request("GET", path, headers);
}

Answer HttpClient::request(const std::string& method, const std::string& path, const Headers& headers)
{
    ::curl_easy_reset(m_handle.get());
    if (method == "HEAD")
        ::curl_easy_setopt(m_handle.get(), CURLOPT_NOBODY, 1L);
    else
        ::curl_easy_setopt(m_handle.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    return perform(path, headers);
}

Answer HttpClient::post(const std::string& path, const std::string& body, const Headers& headers)
{
    ::curl_easy_reset(m_handle.get());
    ::curl_easy_setopt(m_handle.get(), CURLOPT_POST, 1L);
    ::curl_easy_setopt(m_handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    ::curl_easy_setopt(m_handle.get(), CURLOPT_COPYPOSTFIELDS, body.c_str());
    return perform(path, headers, body);
}

Answer HttpClient::post(const std::string& path, const Parameters& parameters, const Headers& headers)
{
    return post(path, encode(parameters), headers);
}

Answer HttpClient::perform(const std::string& path, const Headers& headers, const std::string& body)
{
    Answer answer;
    curl_slist* lines = ::curl_slist_append(nullptr, "Expect:");
    std::string cookie;
    for (const auto& [name, value] : cookies)
        cookie.append(cookie.empty() ? "Cookie: " : "; ").append(name).append("=").append(value);
    if (!cookie.empty())
        lines = ::curl_slist_append(lines, cookie.c_str());
    for (const auto& header : headers)
        lines = ::curl_slist_append(lines, header.c_str());
    auto* handle = m_handle.get();
    ::curl_easy_setopt(handle, CURLOPT_URL, path.starts_with('/') ? (m_base_url + path).c_str() : path.c_str());
    ::curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    ::curl_easy_setopt(handle, CURLOPT_HTTPHEADER, lines);
    ::curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(handle, CURLOPT_PROXY, "");
    ::curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, patience);
    ::curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep_body);
    ::curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer);
    ::curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, keep_header);
    ::curl_easy_setopt(handle, CURLOPT_HEADERDATA, &answer);
    const auto result = ::curl_easy_perform(handle);
    ::curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    ::curl_slist_free_all(lines);
    if (result != CURLE_OK) {
        answer.status = 0;
        answer.error = ::curl_easy_strerror(result);
    }
    take_cookies(answer, cookies);
    remember_exchange(path, headers, body, answer);
    return answer;
}

std::vector<Answer> at_once(int count, const std::function<Answer(int)>& action)
{
    std::vector<Answer> answers(static_cast<std::size_t>(count));
    std::barrier start(count);
    std::vector<std::jthread> threads;
    threads.reserve(answers.size());
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            answers[static_cast<std::size_t>(i)] = action(i);
        });
    threads.clear(); // joins
    return answers;
}

} // namespace stile::test
