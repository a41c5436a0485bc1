// HTTP requests, by libcurl.
#pragma once

#include "shared/base/result.h"
#include "shared/base/secret.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace stile::demo {

struct Fetched {
    int status;
    std::string body;
    std::string challenge; // WWW-Authenticate
};

struct HttpRequest {
    std::string url;
    std::optional<std::string> authorization{}; // value of the Authorization header
    std::optional<std::string> form{}; // body of a POST; without one it is a GET
};

// Sends one request; does not follow redirects. `authority`: the file of the certificate authority to trust, or "" for
// those of the system. The error is one sentence: no connection, no response within five seconds, a response of more than
// 64 kB, an untrusted certificate. The fiber waits.
Expected<Fetched, std::string> fetch(const HttpRequest& request, const std::string& authority);

// Call once, before the first fetch().
void prepare_fetch();

} // namespace stile::demo
