// An HTTP client like a browser or a client library: libcurl with a cookie jar that tests can read. Redirects are not
// followed, because tests check them. Secrets that are sent or received are recorded (secrets.h).
#pragma once

#include "tests/support/answer.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace stile::test {

// One connection that is kept alive, and the cookies that came over it. Not thread-safe; one a thread.
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
