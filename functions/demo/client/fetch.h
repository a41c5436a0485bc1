// HTTP as a client speaks it, by libcurl.
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

struct Ask {
    std::string url;
    std::optional<std::string> authorization{}; // the Authorization header
    std::optional<std::string> form{}; // makes it a POST
};

// One request; redirects are not followed. `authority`: a file of certificates to trust besides the system's, or empty.
// The error, a sentence, says why there is no answer: nobody listens, none within a few seconds, one of more than 64 kB,
// or a certificate of an authority that is not trusted. Thread-safe once prepare_fetch() was called.
Expected<Fetched, std::string> fetch(const Ask& ask, const std::string& authority);

// Once a process, before any thread.
void prepare_fetch();

} // namespace stile::demo
