// One connection carries one request (nginx: fastcgi_keep_conn off, its default), so an idle client never holds a
// thread. The listening socket is non-blocking and each thread waits on its own epoll: a connection wakes one thread,
// not all (EPOLLEXCLUSIVE). An eventfd beside the socket ends the wait when the process stops; a signal could interrupt
// a request.
#include "shared/fastcgi/serve.h"

#include "shared/base/wipe.h"
#include "shared/fastcgi/activity.h"
#include "shared/fastcgi/notify.h"
#include "shared/fastcgi/request.h"
#include "shared/fastcgi/watch.h"

#include <fcgiapp.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

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

// A response that the loop makes itself, without a handler.
Response bare_response(int status, std::string_view outcome)
{
    Response response;
    response.status = status;
    response.outcome = outcome;
    response.add_header("Cache-Control", "no-store");
    return response;
}

// A handler throws only if something unexpected fails, such as an allocation. Then this request fails, and no other.
Response handle(FCGX_Request& connection, Request& request, const Log& log, const Handler& handler)
{
    try {
        auto whole = read_request(connection);
        if (!whole)
            return bare_response(400, "malformed");
        request = std::move(*whole);
        return handler(request);
    } catch (const std::exception& error) {
        log.error("request failed", {{"detail", error.what()}, {"request_id", request_id_of(connection)}});
        return bare_response(500, "failed");
    }
}

// Writes the log line of the request and counts it. The line contains nothing that the client sent, except a known
// method.
void log_and_count(const Request& request, const Response& response, Microseconds duration, const Service& service)
{
    service.metrics.count_request(response.grant_type, response.outcome, duration);
    if (!service.logs_requests)
        return;
    const auto time = rfc3339(SystemClock().now());
    const std::array fields = {LogField{"time", time},
                               LogField{"level", "info"},
                               LogField{"function", service.log.function()},
                               LogField{"event", "request"},
                               LogField{"request_id", request.request_id},
                               LogField{"method", known_method(request.method)},
                               LogField{"grant_type", response.grant_type},
                               LogField{"outcome", response.outcome}};
    const std::array numbers = {LogNumber{"status", response.status}, LogNumber{"duration_us", duration.count()}};
    service.log.line(fields, numbers);
}

// An eventfd that all waiting threads see. It stays readable, because no thread reads it.
class StopEvent {
public:
    StopEvent() : m_event(::eventfd(0, EFD_CLOEXEC)) {}
    int descriptor() const { return m_event; }
    void raise() const { ::eventfd_write(m_event, 1); }

private:
    int m_event;
};

// Waits in one thread for connections on the listening socket and for the stop event.
class Waiter {
public:
    Waiter(int listening, const StopEvent& stop) : m_epoll(::epoll_create1(EPOLL_CLOEXEC)), m_stop(stop.descriptor())
    {
        watch(listening, EPOLLIN | EPOLLEXCLUSIVE);
        watch(m_stop, EPOLLIN);
    }
    ~Waiter() { ::close(m_epoll); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    // False when the process is to stop.
    bool wait() const
    {
        epoll_event events[2];
        const int count = ::epoll_wait(m_epoll, events, 2, -1);
        return std::none_of(events, events + std::max(count, 0),
                            [this](const epoll_event& event) { return event.data.fd == m_stop; });
    }

private:
    void watch(int descriptor, std::uint32_t what) const
    {
        epoll_event event{};
        event.events = what;
        event.data.fd = descriptor;
        if (::epoll_ctl(m_epoll, EPOLL_CTL_ADD, descriptor, &event) != 0)
            throw std::runtime_error("cannot watch the listening socket");
    }

    int m_epoll;
    int m_stop;
};

// A peer that stops sending in the middle of a request must not keep the process from ending.
void exit_after_timeout()
{
    constexpr unsigned timeout = 35; // seconds; longer than nginx's fastcgi_read_timeout
    std::signal(SIGALRM, [](int) { ::_exit(0); });
    ::alarm(timeout);
}

// Accepted TCP connections inherit these timeouts from the listening socket. The peers of unix sockets are local.
void set_timeouts(int listening)
{
    const timeval timeout = {30, 0};
    ::setsockopt(listening, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    ::setsockopt(listening, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
}

// If the whole request has been read, a plain close is enough. Otherwise libfcgi shuts down its side first and waits
// until nginx closes the other, so that no reset overtakes the response: three more system calls and usually a thread
// switch.
void finish(FCGX_Request& connection)
{
    if (FCGX_GetChar(connection.in) == EOF && FCGX_GetError(connection.in) == 0)
        FCGX_Detach(&connection); // a plain close in FCGX_Finish_r
    FCGX_Finish_r(&connection);
}

void serve_in_this_thread(int listening, const StopEvent& stop, std::latch& started, Activity& activity,
                          const Service& service)
{
    const auto handler = service.make_handler();
    const Waiter waiter(listening, stop);
    FCGX_Request connection;
    FCGX_InitRequest(&connection, listening, FCGI_FAIL_ACCEPT_ON_INTR);
    started.count_down();
    // Waiting before each accept lets the thread see a stop even if connections never cease.
    while (waiter.wait()) {
        if (FCGX_Accept_r(&connection) != 0)
            continue; // another thread accepted the connection
        activity.begin_request();
        answer(connection, service, handler);
        finish(connection);
        wipe_dead_stack();
        activity.end_request();
    }
    FCGX_Free(&connection, 1);
}

} // namespace

void answer(FCGX_Request& connection, const Service& service, const Handler& handler)
{
    const Stopwatch stopwatch;
    try {
        Request request;
        Response response;
        {
            const LogBatch batch(service.log); // the lines of the handler and of the request in one write
            response = handle(connection, request, service.log, handler);
            log_and_count(request, response, stopwatch.passed(), service);
        }
        write_response(response, request.request_id, connection);
    } catch (const std::exception& error) { // an allocation failed outside the handler: only this request fails
        service.log.error("request failed", {{"detail", error.what()}});
        FCGX_PutS("Status: 500 Internal Server Error\r\nCache-Control: no-store\r\n\r\n", connection.out);
    }
}

void serve(int listening, const Service& service)
{
    std::signal(SIGPIPE, SIG_IGN);
    const StopSignals signals; // before the other threads, which inherit that they are blocked

    FCGX_Init();
    ::fcntl(listening, F_SETFL, ::fcntl(listening, F_GETFL) | O_NONBLOCK);
    set_timeouts(listening);
    const ServiceNotifier notifier;
    const SystemClock clock;
    Activity activity(clock, service.threads);
    const StopEvent stop;
    std::latch started(service.threads);
    std::vector<std::jthread> running;
    running.reserve(static_cast<std::size_t>(service.threads));
    for (int i = 0; i < service.threads; ++i)
        running.emplace_back([&] { serve_in_this_thread(listening, stop, started, activity, service); });
    started.wait();
    std::jthread background;
    if (service.background)
        background = std::jthread(service.background->run);
    notifier.send("READY=1");

    watch_until_stop(activity, signals, notifier,
                     {service.idle_exit, service.background ? service.background->is_busy : nullptr});
    notifier.send("STOPPING=1");
    stop.raise();
    if (service.background)
        service.background->stop();
    exit_after_timeout();
}

} // namespace stile
