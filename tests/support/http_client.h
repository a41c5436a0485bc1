// An HTTP client like a browser or a client library: libcurl with a cookie jar that tests can read. Redirects are not
// followed, because tests check them. Secrets that are sent or received are recorded (secrets.h).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace stile::test {

struct Answer {
    long status = 0; // 0: no response; `error` gives the reason
    std::multimap<std::string, std::string> headers; // names in lower case
    std::string body;
    std::string error;

    // The first header of that name, or "".
    std::string header(const std::string& name) const;
    std::string location() const { return header("location"); }
    std::vector<std::string> all(const std::string& name) const;
};

using Headers = std::vector<std::string>; // "Name: value"
using Parameters = std::vector<std::pair<std::string, std::string>>;

// application/x-www-form-urlencoded; everything except unreserved characters is percent-encoded.
std::string encode(const std::string& value);
std::string encode(const Parameters& parameters);
std::string decode(const std::string& value);
// The query of a URL, decoded, in its order.
Parameters query_of(const std::string& url);
// The first value of that name, or "".
std::string value_of(const Parameters& parameters, const std::string& name);

// One kept-alive connection, and the cookies received on it. Not thread-safe; one per thread.
class HttpClient {
public:
    explicit HttpClient(std::string base_url);
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;

    // `path` begins with '/', or is a whole URL.
    Answer get(const std::string& path, const Headers& headers = {});
    Answer post(const std::string& path, const std::string& body, const Headers& headers = {});
    Answer post(const std::string& path, const Parameters& parameters, const Headers& headers = {});
    Answer request(const std::string& method, const std::string& path, const Headers& headers = {});

    std::map<std::string, std::string> cookies;

private:
    Answer perform(const std::string& path, const Headers& headers, const std::string& body = "");

    struct Close {
        void operator()(void* handle) const;
    };
    std::string m_base_url;
    std::unique_ptr<void, Close> m_handle;
};

// Runs `action` in `count` threads that begin at the same moment; returns their results.
std::vector<Answer> at_once(int count, const std::function<Answer(int)>& action);

} // namespace stile::test
