// What a handler gives back. serve() writes it; every header line is checked there for CR, LF and NUL.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace stile {

struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    void add_header(std::string name, std::string value) { headers.emplace_back(std::move(name), std::move(value)); }
};

} // namespace stile
