// The loop around a handler: FastCGI in, FastCGI out, by libfcgi. The only part of the house that knows of FastCGI.
#pragma once

#include "shared/base/log.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <functional>

struct FCGX_Request;

namespace stile {

using Handler = std::function<Response(const Request&)>;

// Serves requests from the listening socket in `threads` threads until SIGTERM or SIGINT; then accepts no more,
// finishes what is in flight and returns; after 35 s the process ends in any case (a peer gone silent). Each thread
// calls `make_handler` once and keeps the result to itself. `log` tells of requests that failed. Call it once a process,
// before any other thread exists.
void serve(int listening, int threads, const Log& log, const std::function<Handler()>& make_handler);

// Reads one accepted request, has it handled, and writes the answer; `log` takes what a handler throws.
void answer(FCGX_Request& connection, const Log& log, const Handler& handler);

} // namespace stile
