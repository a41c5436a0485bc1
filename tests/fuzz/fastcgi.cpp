// Requests as nginx delivers them, through libfcgi (shared/fastcgi/serve): parameters as lines NAME=VALUE, an empty line
// and the body; or, after the line "raw", the bytes of the connection as they are. Not raw, a body that is announced
// longer than it is stands for a connection that was cut.
#include "shared/base/text.h"
#include "shared/fastcgi/listen.h"
#include "shared/fastcgi/serve.h"
#include "shared/oauth/counter_labels.h"
#include "tests/fuzz/support/fuzz.h"

#include <fcgiapp.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace stile::fuzz {

namespace {

enum RecordType : unsigned char { begin_request = 1, end_request = 3, params = 4, standard_in = 5, standard_out = 6 };

// FastCGI specification 1.0 §3.3
std::string record(RecordType type, std::string_view content)
{
    std::string text = {
        1, static_cast<char>(type), 0, 1, static_cast<char>(content.size() >> 8), static_cast<char>(content.size()), 0,
        0};
    return text.append(content);
}

std::string length_of(std::string_view text)
{
    const auto size = text.size() | 0x80000000U;
    return {static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8),
            static_cast<char>(size)};
}

std::string stream(RecordType type, std::string_view content)
{
    std::string text;
    for (; !content.empty(); content.remove_prefix(std::min<std::size_t>(content.size(), 0xffff)))
        text += record(type, content.substr(0, 0xffff));
    return text + record(type, "");
}

struct Delivery {
    std::map<std::string, std::string> parameters;
    std::string_view body;
};

Delivery read_delivery(std::string_view input)
{
    Delivery delivery;
    while (!input.empty()) {
        const auto end = std::min(input.find('\n'), input.size());
        const auto line = input.substr(0, end);
        input.remove_prefix(std::min(end + 1, input.size()));
        if (line.empty())
            break;
        const auto equals = std::min(line.find('='), line.size());
        // The first of two counts, as with getenv(3).
        delivery.parameters.emplace(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
    }
    delivery.body = input;
    return delivery;
}

std::string as_fastcgi(const Delivery& delivery)
{
    std::string pairs;
    for (const auto& [name, value] : delivery.parameters)
        pairs += length_of(name) + length_of(value) + name + value;
    return record(begin_request, std::string_view("\0\1\0\0\0\0\0\0", 8)) + stream(params, pairs)
           + stream(standard_in, delivery.body);
}

// One listening socket, and a connection to it whose other end has said all that it will say.
class Server {
public:
    Server()
    {
        std::signal(SIGPIPE, SIG_IGN);
        FCGX_Init();
        m_listening = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        m_address.sun_family = AF_UNIX;
        // A name in the abstract namespace (unix(7)), which the kernel chooses if it is bound to an empty one.
        socklen_t size = sizeof(sa_family_t);
        if (::bind(m_listening, reinterpret_cast<const sockaddr*>(&m_address), size) != 0
            || ::listen(m_listening, 8) != 0)
            std::abort();
        m_size = sizeof m_address;
        ::getsockname(m_listening, reinterpret_cast<sockaddr*>(&m_address), &m_size);
    }

    // What the connection was answered.
    std::string exchange(std::string_view bytes, const Handler& handler)
    {
        const int peer = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const int room = 1 << 20; // no reader while the response is written
        ::setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
        if (::connect(peer, reinterpret_cast<const sockaddr*>(&m_address), m_size) != 0)
            std::abort();
        [[maybe_unused]] const auto sent = ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        ::shutdown(peer, SHUT_WR);
        static const Log log("fuzz", ::open("/dev/null", O_WRONLY | O_CLOEXEC));
        static Metrics metrics("", "fuzz", counter_labels);
        static const Service service = {.log = log, .metrics = metrics, .make_handler = {}};
        FCGX_Request connection;
        FCGX_InitRequest(&connection, m_listening, FCGI_FAIL_ACCEPT_ON_INTR);
        if (FCGX_Accept_r(&connection) == 0) {
            answer(connection, service, handler);
            FCGX_Finish_r(&connection);
        }
        FCGX_Free(&connection, 1);
        std::string answered;
        std::array<char, 65536> piece;
        for (auto got = ::read(peer, piece.data(), piece.size()); got > 0;
             got = ::read(peer, piece.data(), piece.size()))
            answered.append(piece.data(), static_cast<std::size_t>(got));
        ::close(peer);
        return answered;
    }

private:
    int m_listening;
    sockaddr_un m_address{};
    socklen_t m_size;
};

// The content of the records of standard output.
std::string output_in(std::string_view records)
{
    std::string output;
    while (records.size() >= 8) {
        const auto byte = [&](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(records[i]));
        };
        const auto length = byte(4) << 8 | byte(5);
        HOLDS(records.size() >= 8 + length + byte(6));
        if (byte(1) == standard_out)
            output += records.substr(8, length);
        records.remove_prefix(8 + length + byte(6));
    }
    HOLDS(records.empty());
    return output;
}

void check_request(const Request& request)
{
    HOLDS(request.body.size() <= max_body_size);
    HOLDS(!request.body_is_too_large || request.body.empty());
    for (const auto* text : {&request.method, &request.query, &request.content_type, &request.cookie,
                             &request.remote_address, &request.path, &request.request_id})
        HOLDS(!text->contains('\0'));
    HOLDS(!request.authorization || !request.authorization->empty());
}

// Every parameter arrives as it was sent: up to a NUL, where a C string ends.
void check_parameters(const Request& request, const Delivery& delivery)
{
    const auto sent = [&](const char* name) {
        const auto found = delivery.parameters.find(name);
        return found == delivery.parameters.end() ? std::string() : std::string(found->second.c_str());
    };
    HOLDS(request.method == sent("REQUEST_METHOD") && request.query == sent("QUERY_STRING"));
    HOLDS(request.cookie == sent("HTTP_COOKIE") && request.content_type == sent("CONTENT_TYPE"));
    HOLDS(request.authorization.value_or("") == sent("HTTP_AUTHORIZATION"));
    // A whole body is handled or none: a truncated one must not look like the intended one.
    const auto announced = parse_number<std::size_t>(sent("CONTENT_LENGTH")).value_or(0);
    if (announced > max_body_size)
        HOLDS(request.body_is_too_large);
    else
        HOLDS(request.body.size() == announced && request.body == delivery.body.substr(0, announced));
}

// Gives back all that it was given, in headers and body.
Response echo(const Request& request)
{
    Response response;
    response.add_header("X-Query", request.query);
    response.add_header("X-Cookie", request.cookie);
    response.add_header("X-Authorization", request.authorization.value_or(""));
    response.body = request.body;
    return response;
}

// Headers end where they should, whatever they hold, and the body is the handler's.
void check_answer(std::string_view output, const Request& request)
{
    const auto end = output.find("\r\n\r\n");
    HOLDS(end != std::string_view::npos);
    HOLDS(output.substr(end + 4) == request.body);
    auto head = output.substr(0, end + 2);
    for (std::size_t line = 0; !head.empty(); ++line) {
        const auto here = head.substr(0, head.find("\r\n"));
        HOLDS(here.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
        const std::string_view begins[] = {"Status: 200 OK", "Content-Length: ", "X-"};
        HOLDS(here.starts_with(begins[std::min<std::size_t>(line, 2)]));
        head.remove_prefix(here.size() + 2);
    }
}

} // namespace

void fuzz(std::string_view input)
{
    static Server server;
    const bool is_raw = input.starts_with("raw\n");
    // Lengths of 2^24 and more are left out: libfcgi asks for memory by the sum of two of them in an int that overflows,
    // and ends the process when there is none. Its sockets are for nginx alone.
    if (is_raw && std::ranges::any_of(input, [](char c) { return static_cast<unsigned char>(c) > 0x80; }))
        return;
    const auto delivery = is_raw ? Delivery{} : read_delivery(input);
    std::unique_ptr<Request> seen;
    const auto records =
        server.exchange(is_raw ? std::string(input.substr(4)) : as_fastcgi(delivery), [&](const Request& request) {
            seen = std::make_unique<Request>(request);
            return echo(request);
        });
    const auto output = output_in(records);
    if (!seen)
        return HOLDS(output.empty() || output.starts_with("Status: 400 "));
    check_request(*seen);
    if (!is_raw)
        check_parameters(*seen, delivery);
    check_answer(output, *seen);
}

} // namespace stile::fuzz
