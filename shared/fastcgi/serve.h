// The loop around a handler: FastCGI in, FastCGI out, by libfcgi. The only part of the house that knows of FastCGI.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/metrics.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <functional>
#include <optional>

struct FCGX_Request;

namespace stile {

using Handler = std::function<Response(const Request&)>;

// A thread beside those that serve.
struct Companion {
    std::function<void()> run; // returns soon after `stop` was called
    std::function<void()> stop;
    std::function<bool()> is_busy; // no time to end for want of requests
};

// How requests are served. All that it refers to is thread-safe and outlives serve().
struct Service {
    const Log& log; // of each request, and of those that failed
    Metrics& metrics;
    std::function<Handler()> make_handler; // called once by each thread, which keeps the result to itself
    int threads = 8;
    bool logs_requests = true; // a line each
    Seconds idle_exit = 0; // without a request it ends after so long; 0: it does not
    std::optional<Companion> companion{};
};

// Serves requests from the listening socket until SIGTERM or SIGINT, or until there has been none for `idle_exit`; then
// accepts no more, finishes what is in flight and returns; after 35 s the process ends in any case (a peer gone silent).
// What has not been accepted stays in the socket, for another process. Tells the supervisor when it is ready, that it is
// alive and when it stops. Call it once a process, before any other thread exists.
void serve(int listening, const Service& service);

// Reads one accepted request, has it handled, logs and counts it, and writes the answer.
void answer(FCGX_Request& connection, const Service& service, const Handler& handler);

} // namespace stile
