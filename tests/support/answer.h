// Answers and parameters as tests see them, whether they came over HTTP or from a handler.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace stile::test {

struct Answer {
    long status = 0; // 0: no answer came; `error` says why
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

std::string to_lower(std::string text);

// What a browser does with Set-Cookie, as far as these cookies go.
void take_cookies(const Answer& answer, std::map<std::string, std::string>& cookies);

// application/x-www-form-urlencoded, everything but unreserved characters percent-encoded.
std::string encode(const std::string& value);
std::string encode(const Parameters& parameters);
std::string decode(const std::string& value);
// The query of a URL, decoded, in its order.
Parameters query_of(const std::string& url);
// The first value of that name, or "".
std::string value_of(const Parameters& parameters, const std::string& name);
Parameters without(Parameters parameters, const std::string& name);
// `parameters` with the given ones in place of its own, or added.
Parameters changed(Parameters parameters, const Parameters& changes);

// The value of the hidden csrf_token field of a page, or "".
std::string csrf_of(const Answer& page);

// "Authorization: Basic …" for an id and a secret, as they are (encode them first if need be).
std::string basic(const std::string& id, const std::string& secret);

// Members of a JSON answer: a string or number as text ("" when absent), and all their names in order.
std::string member(const Answer& answer, const std::string& name);
std::vector<std::string> member_names(const Answer& answer);

} // namespace stile::test
