// The loop around a handler: FastCGI in, FastCGI out, by libfcgi. The only part of the house that knows of FastCGI.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <functional>

struct FCGX_Request;

namespace stile {

using Handler = std::function<Response(const Request&)>;

// Serves requests from the listening socket in `threads` threads until SIGTERM or SIGINT, or until there has been none for
// `idle_exit` seconds (0: that does not end it); then accepts no more, finishes what is in flight and returns; after 35 s
// the process ends in any case (a peer gone silent). What has not been accepted stays in the socket, for another process.
// Each thread calls `make_handler` once and keeps the result to itself. `log` tells of requests that failed. Tells the
// supervisor when it is ready, that it is alive and when it stops. Call it once a process, before any other thread exists.
void serve(int listening, int threads, const Log& log, const std::function<Handler()>& make_handler,
           Seconds idle_exit = 0);

// Reads one accepted request, has it handled, and writes the answer; `log` takes what a handler throws.
void answer(FCGX_Request& connection, const Log& log, const Handler& handler);

} // namespace stile
