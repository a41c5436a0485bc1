// One connection carries one request (nginx: fastcgi_keep_conn off, its default), so a thread is never bound to a
// client that says nothing more. The listening socket is non-blocking and each thread waits on its own epoll: accept
// wakes one thread, not all (EPOLLEXCLUSIVE), and an eventfd beside it ends the wait when the process is told to stop,
// without a signal that could tear a request in flight.
#include "shared/fastcgi/serve.h"

#include "shared/base/text.h"
#include "shared/base/wipe.h"
#include "shared/fastcgi/activity.h"
#include "shared/fastcgi/supervisor.h"

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
#include <cstdio>
#include <exception>
#include <latch>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace stile {

namespace {

std::string parameter(const FCGX_Request& request, const char* name)
{
    const char* value = FCGX_GetParam(name, request.envp);
    return value != nullptr ? value : "";
}

// False when the connection ended before the announced length: what was cut must not look like what was sent.
bool read_body(FCGX_Request& from, Request& to)
{
    const std::string announced = parameter(from, "CONTENT_LENGTH");
    const auto length = parse_number<std::size_t>(announced).value_or(0);
    to.body_is_too_large = length > max_body_size;
    if (to.body_is_too_large || length == 0)
        return true;
    to.body.resize(length);
    return FCGX_GetStr(to.body.data(), static_cast<int>(length), from.in) == static_cast<int>(length);
}

// Nothing when it did not come whole.
std::optional<Request> read_request(FCGX_Request& from)
{
    Request request;
    request.method = parameter(from, "REQUEST_METHOD");
    request.query = parameter(from, "QUERY_STRING");
    request.content_type = parameter(from, "CONTENT_TYPE");
    request.cookie = parameter(from, "HTTP_COOKIE");
    request.accept_language = parameter(from, "HTTP_ACCEPT_LANGUAGE");
    request.remote_address = parameter(from, "REMOTE_ADDR");
    request.required_scope = parameter(from, "STILE_SCOPE");
    request.audience = parameter(from, "STILE_AUDIENCE");
    request.path = parameter(from, "DOCUMENT_URI");
    request.subject = parameter(from, "X-Stile-Subject");
    request.endpoints = parameter(from, "STILE_ENDPOINTS");
    request.request_id = parameter(from, "REQUEST_ID");
    if (auto authorization = parameter(from, "HTTP_AUTHORIZATION"); !authorization.empty())
        request.authorization = std::move(authorization);
    if (!read_body(from, request))
        return std::nullopt;
    return request;
}

// No header can be split, whatever a handler puts into it.
bool is_header_text(std::string_view text)
{
    return all_of(text, [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
}

// RFC 9110 §9.3; what else a client calls a method is its own text.
std::string_view known_method(std::string_view method)
{
    constexpr std::array<std::string_view, 8> methods = {"GET", "POST",   "HEAD",  "OPTIONS",
                                                         "PUT", "DELETE", "PATCH", "TRACE"};
    const auto found = std::ranges::find(methods, method);
    return found != methods.end() ? *found : "other";
}

// RFC 9110 §15. nginx passes the phrase on; clients of HTTP/1.1 may show it.
std::string_view reason_phrase(int status)
{
    switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 303: return "See Other";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "";
    }
}

// What this loop says by itself.
Response bare_response(int status, std::string_view outcome)
{
    Response response;
    response.status = status;
    response.outcome = outcome;
    response.add_header("Cache-Control", "no-store");
    return response;
}

// Nothing is thrown across the border of a handler but what nobody can plan for, such as a lack of memory: that costs
// its own request and no other.
Response handle(FCGX_Request& connection, Request& request, const Log& log, const Handler& handler)
{
    try {
        auto whole = read_request(connection);
        if (!whole)
            return bare_response(400, "malformed");
        request = std::move(*whole);
        return handler(request);
    } catch (const std::exception& error) {
        log.error("request failed", {{"detail", error.what()}, {"request_id", parameter(connection, "REQUEST_ID")}});
        return bare_response(500, "failed");
    }
}

// One line of the log, and the counters. Nothing of what was asked is in it but the method, if it is one.
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

void write_response(const Response& response, const std::string& request_id, FCGX_Request& to)
{
    std::string text = "Status: " + std::to_string(response.status) + " ";
    text.append(reason_phrase(response.status)).append("\r\nContent-Length: ");
    text.append(std::to_string(response.body.size())).append("\r\n");
    // For the person who reports an error and the operator who looks it up.
    if (!request_id.empty() && is_header_text(request_id))
        text.append("X-Request-Id: ").append(request_id).append("\r\n");
    for (const auto& [name, value] : response.headers)
        if (is_header_text(name) && is_header_text(value))
            text.append(name).append(": ").append(value).append("\r\n");
    text.append("\r\n").append(response.body);
    FCGX_PutStr(text.data(), static_cast<int>(text.size()), to.out);
}

class Stop {
public:
    Stop() : m_event(::eventfd(0, EFD_CLOEXEC)) {}
    int descriptor() const { return m_event; }
    void raise() const { ::eventfd_write(m_event, 1); } // stays readable: nobody reads it

private:
    int m_event;
};

// Waits for connections on one socket and for the stop, for one thread.
class Waiter {
public:
    Waiter(int listening, const Stop& stop) : m_epoll(::epoll_create1(EPOLL_CLOEXEC)), m_stop(stop.descriptor())
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

// A peer that has gone silent in the middle of a request must not keep the process from ending.
void end_in_any_case()
{
    constexpr unsigned patience = 35; // seconds; beyond nginx's fastcgi_read_timeout nobody waits for an answer
    std::signal(SIGALRM, [](int) { ::_exit(0); });
    ::alarm(patience);
}

// Accepted TCP connections inherit these from the listening socket; unix sockets have local peers.
void bound_silence(int listening)
{
    const timeval patience = {30, 0};
    ::setsockopt(listening, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(listening, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

// When all that was sent has been read, a plain close is enough. Else libfcgi ends its side first and waits for nginx to
// end the other, lest a reset overtake the answer: three system calls more, and mostly a switch of threads.
void finish(FCGX_Request& connection)
{
    if (FCGX_GetChar(connection.in) == EOF && FCGX_GetError(connection.in) == 0)
        FCGX_Detach(&connection); // libfcgi's word for: close it plainly
    FCGX_Finish_r(&connection);
}

void serve_in_this_thread(int listening, const Stop& stop, std::latch& started, Activity& activity,
                          const Service& service)
{
    const auto handler = service.make_handler();
    const Waiter waiter(listening, stop);
    FCGX_Request connection;
    FCGX_InitRequest(&connection, listening, FCGI_FAIL_ACCEPT_ON_INTR);
    started.count_down();
    // Waits before each accept, so that a stop is seen even when connections never cease.
    while (waiter.wait()) {
        if (FCGX_Accept_r(&connection) != 0)
            continue; // another thread was faster
        activity.begin_request();
        answer(connection, service, handler);
        finish(connection);
        wipe_dead_stack();
        activity.end_request();
    }
    FCGX_Free(&connection, 1);
}

// The next of these signals within `milliseconds`; false when none came.
bool wait_for_signal(const sigset_t& signals, std::int64_t milliseconds)
{
    const timespec patience = {milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    return ::sigtimedwait(&signals, nullptr, &patience) > 0;
}

// Returns when the process is to end: when it is asked to, or when nobody has asked it anything for `idle_exit`. Gives
// signs of life meanwhile, as long as there is life.
void watch_over(Activity& activity, const sigset_t& stopping, const Supervisor& supervisor, const Service& service)
{
    constexpr std::int64_t for_ever = 3'600'000; // milliseconds: then it looks again
    const bool is_watched = supervisor.watchdog_milliseconds() > 0;
    const auto next_sign = is_watched ? supervisor.watchdog_milliseconds() / 2 : for_ever;
    auto until_idle = for_ever;
    do {
        if (is_watched && activity.gets_on())
            supervisor.tell("WATCHDOG=1");
        if (service.companion && service.companion->is_busy())
            activity.keep_awake();
        if (service.idle_exit > 0)
            until_idle = service.idle_exit * 1000 - activity.idle_for();
    } while (until_idle > 0 && !wait_for_signal(stopping, std::min(next_sign, until_idle)));
}

} // namespace

void answer(FCGX_Request& connection, const Service& service, const Handler& handler)
{
    const Stopwatch stopwatch;
    try {
        Request request;
        Response response;
        {
            const LogBatch batch(service.log); // what the handler says and the line of the request: one write
            response = handle(connection, request, service.log, handler);
            log_and_count(request, response, stopwatch.passed(), service);
        }
        write_response(response, request.request_id, connection);
    } catch (
        const std::exception& error) { // memory that lacked outside of the handler: it, too, costs one request alone
        service.log.error("request failed", {{"detail", error.what()}});
        FCGX_PutS("Status: 500 Internal Server Error\r\nCache-Control: no-store\r\n\r\n", connection.out);
    }
}

void serve(int listening, const Service& service)
{
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t stopping;
    ::sigemptyset(&stopping);
    ::sigaddset(&stopping, SIGTERM);
    ::sigaddset(&stopping, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &stopping, nullptr); // inherited by the threads; watch_over takes them

    FCGX_Init();
    ::fcntl(listening, F_SETFL, ::fcntl(listening, F_GETFL) | O_NONBLOCK);
    bound_silence(listening);
    const Supervisor supervisor;
    const SystemClock clock;
    Activity activity(clock, service.threads);
    const Stop stop;
    std::latch started(service.threads);
    std::vector<std::jthread> running;
    running.reserve(static_cast<std::size_t>(service.threads));
    for (int i = 0; i < service.threads; ++i)
        running.emplace_back([&] { serve_in_this_thread(listening, stop, started, activity, service); });
    started.wait();
    std::jthread companion;
    if (service.companion)
        companion = std::jthread(service.companion->run);
    supervisor.tell("READY=1");

    watch_over(activity, stopping, supervisor, service);
    supervisor.tell("STOPPING=1");
    stop.raise();
    if (service.companion)
        service.companion->stop();
    end_in_any_case();
}

} // namespace stile
