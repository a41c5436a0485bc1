#include "tests/integration/support/http_client.h"

#include "tests/integration/support/secrets.h"

#include <curl/curl.h>

#include <algorithm>
#include <barrier>
#include <cctype>
#include <thread>

namespace stile::test {

namespace {

constexpr long patience = 40'000; // milliseconds; nginx itself gives up after 30 s, so this is a hang

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

// curl wants to be initialised before threads begin.
const CURLcode initialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);

} // namespace

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
