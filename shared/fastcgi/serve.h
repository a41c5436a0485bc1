// Serves FastCGI requests with a handler, in several threads.
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

// How requests are served. Everything it refers to is thread-safe and outlives serve().
struct Service {
    // A background task, which runs in a thread besides those that serve.
    struct Background {
        std::function<void()> run; // returns soon after `stop` was called
        std::function<void()> stop;
        std::function<bool()> is_busy; // has work to do: the process is not idle
    };

    const Log& log; // gets a line for each request, and for each that failed
    Metrics& metrics;
    std::function<Handler()> make_handler; // called once by each thread, which uses its handler alone
    int threads = 8;
    bool logs_requests = true; // one line per request
    Seconds idle_exit = 0; // end after so long without a request; 0: never
    std::optional<Background> background{};
};

// Serves requests from the listening socket until SIGTERM or SIGINT, or until there has been none for `idle_exit`. Then
// it accepts no more, finishes the requests under way and returns; after 35 s the process exits in any case.
// Connections that were not accepted stay in the socket for another process. Tells systemd that it is ready, alive and
// stopping. Call it once per process, before any other thread exists.
void serve(int listening, const Service& service);

// Reads one accepted request, calls the handler, logs and counts the request, and writes the response.
void answer(FCGX_Request& connection, const Service& service, const Handler& handler);

} // namespace stile
