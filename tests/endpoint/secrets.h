// The secrets that the handlers of one Instance received and gave: at its end their log is searched for them.
#pragma once

#include "tests/support/answer.h"

#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace stile::test {

class Secrets {
public:
    // The secrets of a request and its response: credentials, codes, tokens, states, cookies and hidden fields. `cookies` is
    // the header's value. Thread-safe.
    void remember(const std::string& target, const Headers& headers, const std::string& cookies,
                  const std::string& body, const Answer& answer);

    // A remembered secret that stands in `text`. Short ones are left out: they occur as words.
    std::optional<std::string> found_in(const std::string& text) const;

private:
    void add(const std::string& value);
    void add(const Parameters& parameters);
    void add_cookies(std::string_view pairs);

    mutable std::mutex m_mutex;
    std::set<std::string> m_values;
};

} // namespace stile::test
