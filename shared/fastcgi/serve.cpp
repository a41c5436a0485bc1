#include "shared/fastcgi/serve.h"

#include "shared/engine/handle.h"
#include "shared/fastcgi/notify.h"
#include "shared/fastcgi/peers.h"
#include "shared/fastcgi/request.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <thread>

namespace stile {

namespace {

// RFC 9110 §9.3. Any other method is text of the client's choice, and is not logged.
std::string_view known_method(std::string_view method)
{
    constexpr std::array<std::string_view, 8> methods = {"GET", "POST",   "HEAD",  "OPTIONS",
                                                         "PUT", "DELETE", "PATCH", "TRACE"};
    const auto found = std::ranges::find(methods, method);
    return found != methods.end() ? *found : "other";
}

// A response that is made here, without a handler.
Response bare_response(int status, std::string_view outcome)
{
    Response response;
    response.status = status;
    response.outcome = outcome;
    response.add_header("Cache-Control", "no-store");
    return response;
}

// Writes the log line of the request and counts it. The line contains nothing that the client sent, except a known
// method.
void log_and_count(std::string_view method, const std::string& request_id, const Response& response,
                   Microseconds duration, const Service& service)
{
    service.metrics.count_request(response.grant_type, response.outcome, duration);
    if (!service.logs_requests)
        return;
    const auto time = rfc3339(SystemClock().now());
    const std::array fields = {LogField{"time", time},
                               LogField{"level", "info"},
                               LogField{"function", service.log.function()},
                               LogField{"event", "request"},
                               LogField{"request_id", request_id},
                               LogField{"method", method},
                               LogField{"grant_type", response.grant_type},
                               LogField{"outcome", response.outcome}};
    const std::array numbers = {LogNumber{"status", response.status}, LogNumber{"duration_us", duration.count()}};
    service.log.line(fields, numbers);
}

// What hangs in the middle of a request must not keep the process from ending.
void exit_after_timeout()
{
    constexpr unsigned timeout = 35; // seconds; longer than nginx's fastcgi_read_timeout
    std::signal(SIGALRM, [](int) { ::_exit(0); });
    ::alarm(timeout);
}

class Server {
public:
    Server(Loop& loop, int listening, const Service& service)
        : m_loop(loop),
          m_service(service),
          m_peers(loop, listening, max_under_way,
                  [this](ReceivedRequest&& received) { return answer_received(std::move(received)); }),
          m_last_request(::uv_now(loop.handle()))
    {
        for (auto& [handle, number] : m_signals) {
            ::uv_signal_init(loop.handle(), handle.get());
            handle->data = this;
            ::uv_signal_start(
                handle.get(), [](uv_signal_t* signal, int) { static_cast<Server*>(signal->data)->stop(); }, number);
        }
        for (auto* timer : {m_watchdog.get(), m_idle.get()}) {
            ::uv_timer_init(loop.handle(), timer);
            timer->data = this;
        }
        m_notifier.send("READY=1");
        // A loop that hangs sends nothing.
        if (const auto half = static_cast<std::uint64_t>(m_notifier.watchdog_milliseconds()) / 2; half > 0)
            ::uv_timer_start(
                m_watchdog.get(),
                [](uv_timer_t* timer) { static_cast<Server*>(timer->data)->m_notifier.send("WATCHDOG=1"); }, 0, half);
        if (service.idle_exit > 0)
            stop_if_idle();
        if (service.background)
            m_background = std::jthread([this] {
                m_service.background->run();
                m_loop.post([this] { end_part(); });
            });
    }

private:
    std::string answer_received(ReceivedRequest&& received)
    {
        const auto id = request_id_of(received);
        const auto response = answer(to_request(std::move(received)), id, m_service);
        m_last_request = ::uv_now(m_loop.handle());
        return to_cgi(response, id);
    }

    // Looks again when the time can be over.
    void stop_if_idle()
    {
        const auto now = ::uv_now(m_loop.handle());
        if (m_peers.under_way() > 0 || (m_service.background && m_service.background->is_busy()))
            m_last_request = now;
        const auto end = m_last_request + static_cast<std::uint64_t>(m_service.idle_exit) * 1000;
        if (now >= end)
            return stop();
        ::uv_timer_start(
            m_idle.get(), [](uv_timer_t* timer) { static_cast<Server*>(timer->data)->stop_if_idle(); }, end - now, 0);
    }

    void stop()
    {
        if (std::exchange(m_is_stopping, true))
            return;
        m_notifier.send("STOPPING=1");
        m_watchdog.reset();
        m_idle.reset();
        exit_after_timeout();
        m_parts = m_service.background ? 2 : 1;
        if (m_service.background)
            m_service.background->stop();
        m_peers.drain([this] { end_part(); });
    }

    // Of the peers and the background task.
    void end_part()
    {
        if (--m_parts == 0)
            m_loop.stop();
    }

    Loop& m_loop;
    const Service& m_service;
    const ServiceNotifier m_notifier;
    Peers m_peers;
    std::array<std::pair<Handle<uv_signal_t>, int>, 2> m_signals = {
        std::pair{Handle<uv_signal_t>(new uv_signal_t), SIGTERM},
        std::pair{Handle<uv_signal_t>(new uv_signal_t), SIGINT}};
    Handle<uv_timer_t> m_watchdog{new uv_timer_t};
    Handle<uv_timer_t> m_idle{new uv_timer_t};
    std::uint64_t m_last_request; // milliseconds of the loop
    bool m_is_stopping = false;
    int m_parts = 0; // that have not ended
    std::jthread m_background;
};

} // namespace

Response answer(std::optional<Request>&& request, const std::string& request_id, const Service& service)
{
    const Stopwatch stopwatch;
    const LogBatch batch(service.log); // the lines of the handler and of the request in one write
    Response response;
    std::string_view method = "other";
    // A handler throws only if something unexpected fails, such as an allocation. Then this request fails, and no other.
    try {
        method = request ? known_method(request->method) : method;
        response = request ? service.handler(*request) : bare_response(400, "malformed");
    } catch (const std::exception& error) {
        service.log.error("request failed", {{"detail", error.what()}, {"request_id", request_id}});
        response = bare_response(500, "failed");
    }
    log_and_count(method, request_id, response, stopwatch.passed(), service);
    return response;
}

void serve(Loop& loop, int listening, const Service& service)
{
    std::signal(SIGPIPE, SIG_IGN);
    const Server server(loop, listening, service);
    loop.run();
}

} // namespace stile
