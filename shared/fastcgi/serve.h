// Serves FastCGI requests with a handler, on an event loop: each request is a fiber.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/metrics.h"
#include "shared/engine/loop.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <functional>
#include <optional>

namespace stile {

// Called on a fiber for each request; while one waits, others are called. To wait, it uses engine/loop.h.
using Handler = std::function<Response(const Request&)>;

// Requests that are handled at the same time; further ones wait for their turn.
inline constexpr std::size_t max_under_way = 256;

// How requests are served. Everything it refers to outlives serve().
struct Service {
    // A background task, which runs in a thread besides the one that serves.
    struct Background {
        std::function<void()> run; // returns soon after `stop` was called
        std::function<void()> stop;
        std::function<bool()> is_busy; // has work to do: the process is not idle
    };

    const Log& log; // gets a line for each request, and for each that failed
    Metrics& metrics;
    Handler handler;
    bool logs_requests = true; // one line per request
    Seconds idle_exit = 0; // end after so long without a request; 0: never
    std::optional<Background> background{};
};

// Serves requests from the listening socket until SIGTERM or SIGINT, or until there has been none for `idle_exit`. Then
// it accepts no more, finishes the requests under way, asks nginx to close the connections that it keeps, and returns;
// after 35 s the process exits in any case. Connections that were not accepted stay in the socket for another process.
// Tells systemd that it is ready, alive and stopping. Call it once per process, before other threads exist.
void serve(Loop& loop, int listening, const Service& service);

// Calls the handler, logs and counts the request. Any failure is a response, too.
Response answer(std::optional<Request>&& request, const std::string& request_id, const Service& service);

} // namespace stile
