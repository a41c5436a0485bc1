// The result of a handler. serve() writes it and checks every header line for CR, LF and NUL.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    // For the log and the metrics (the words of base/metrics.h); literals, never text of a request.
    std::string_view outcome = "ok";
    std::string_view grant_type{}; // of a token request

    void add_header(std::string name, std::string value) { headers.emplace_back(std::move(name), std::move(value)); }
};

} // namespace stile
