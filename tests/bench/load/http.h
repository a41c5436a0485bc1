// HTTP/1.1 as the generator speaks it: requests as bytes, answers read as they come in.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile::load {

// The bytes of a request over a kept connection. `headers`: whole lines, each ending in CRLF.
std::string get(std::string_view target, std::string_view headers = {});
std::string post(std::string_view target, std::string_view form, std::string_view headers = {});

// Everything but unreserved characters percent-encoded (RFC 3986 §2.3).
std::string encode(std::string_view value);

// The part of `text` after `before`, up to `after`; empty if it is not there.
std::string_view between(std::string_view text, std::string_view before, std::string_view after);

struct Answer {
    int status = 0; // 0: the connection ended before an answer came
    std::string head;
    std::string body;
    bool closes = false;

    // The value of a header, or empty. `name` as the server writes it.
    std::string_view header(std::string_view name) const;
};

// Puts answers together from the bytes of one connection. Only what the measured servers send: a Content-Length, or
// no body at all.
class AnswerReader {
public:
    // The response, once it is complete. Throws std::runtime_error for input that is not HTTP.
    std::optional<Answer> add(std::string_view bytes);
    bool is_empty() const { return m_bytes.empty(); }
    void reset() { m_bytes.clear(); }

private:
    std::string m_bytes;
};

// The cookies of one browser.
class CookieJar {
public:
    CookieJar() = default;
    explicit CookieJar(std::string_view pair) { add(pair); } // name=value, or empty
    void take(const Answer& answer);
    std::string header() const; // a whole line, or empty

private:
    void add(std::string_view pair);

    std::vector<std::pair<std::string, std::string>> m_cookies;
};

} // namespace stile::load
