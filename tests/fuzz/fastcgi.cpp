// Requests as nginx delivers them: parameters as lines NAME=VALUE, an empty line and the body; or, after the line "raw",
// the bytes of a connection as they are. Not raw, a body that is announced longer than it is stands for one that was cut.
#include "shared/base/text.h"
#include "shared/fastcgi/records.h"
#include "shared/fastcgi/request.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/support/fastcgi_bytes.h"

#include <algorithm>
#include <array>
#include <map>

namespace stile::fuzz {

namespace {

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
        delivery.parameters.emplace(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
    }
    delivery.body = input;
    return delivery;
}

// Lengths in either form (FastCGI 1.0 §3.4).
std::string as_fastcgi(const Delivery& delivery)
{
    std::string pairs;
    for (const auto& [name, value] : delivery.parameters)
        pairs += value.size() % 2 == 0
                     ? test::pair(name, value)
                     : test::long_length(name.size()) + test::long_length(value.size()) + name + value;
    return test::begin(1) + test::stream(FCGI_PARAMS, 1, pairs) + test::stream(FCGI_STDIN, 1, delivery.body);
}

// Everything that a reader gave until it was broken, or the bytes ended.
struct Reading {
    std::vector<ReceivedRequest> requests;
    std::string replies;
    bool is_broken = false;
    bool is_between_requests = false;
    bool closes_after_replies = false;
};

// Takes the bytes in pieces, whose sizes `size_after` gives from the position. Requests wait in the reader as long as
// possible, because only so many may.
template <typename Sizes>
Reading read(std::string_view bytes, const Sizes& size_after)
{
    RequestReader reader;
    Reading reading;
    for (std::size_t at = 0; at < bytes.size() && !reading.is_broken;) {
        const auto piece = bytes.substr(at, std::max<std::size_t>(size_after(at), 1));
        reading.is_broken = !reader.take(piece);
        const auto replies = reader.take_replies();
        HOLDS(replies.size() < 2 * piece.size() + 80);
        reading.replies += replies;
        at += piece.size();
    }
    HOLDS(reading.replies.size() <= 2 * bytes.size());
    HOLDS(!reading.is_broken || !reader.take("x"));
    while (auto request = reader.next())
        reading.requests.push_back(std::move(*request));
    HOLDS(reading.requests.size() <= max_waiting_requests);
    reading.is_between_requests = reader.is_between_requests();
    reading.closes_after_replies = reader.closes_after_replies();
    return reading;
}

void check_same(const Reading& a, const Reading& b)
{
    HOLDS(a.is_broken == b.is_broken && a.replies == b.replies && a.requests.size() == b.requests.size());
    HOLDS(a.closes_after_replies == b.closes_after_replies);
    HOLDS(a.is_broken || a.is_between_requests == b.is_between_requests);
    for (std::size_t i = 0; i < a.requests.size(); ++i) {
        const auto &one = a.requests[i], &other = b.requests[i];
        HOLDS(one.id == other.id && one.keeps_connection == other.keeps_connection);
        HOLDS(one.params == other.params && one.body == other.body);
        HOLDS(one.body_is_too_large == other.body_is_too_large);
    }
}

// In one piece, byte by byte, and in pieces whose sizes come from the input itself: always the same.
Reading read_in_every_way(std::string_view bytes)
{
    auto whole = read(bytes, [&](std::size_t) { return bytes.size(); });
    check_same(whole, read(bytes, [](std::size_t) { return std::size_t{1}; }));
    for (const auto step : std::array<std::size_t, 3>{1, 3, 8})
        check_same(whole, read(bytes, [&](std::size_t at) {
                       return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at * step % bytes.size()]));
                   }));
    return whole;
}

// Only what an application may say besides responses: answers to management records, and ends of requests.
void check_replies(std::string_view replies)
{
    const auto records = test::records_in(replies);
    HOLDS(records.has_value());
    for (const auto& record : *records) {
        if (record.type == FCGI_END_REQUEST)
            HOLDS(record.id != 0 && record.content.size() == 8);
        else
            HOLDS(record.id == 0 && (record.type == FCGI_GET_VALUES_RESULT || record.type == FCGI_UNKNOWN_TYPE));
    }
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
std::string sent(const Delivery& delivery, const char* name)
{
    const auto found = delivery.parameters.find(name);
    return found == delivery.parameters.end() ? std::string() : std::string(found->second.c_str());
}

void check_parameters(const Request& request, const Delivery& delivery)
{
    HOLDS(request.method == sent(delivery, "REQUEST_METHOD") && request.query == sent(delivery, "QUERY_STRING"));
    HOLDS(request.cookie == sent(delivery, "HTTP_COOKIE") && request.content_type == sent(delivery, "CONTENT_TYPE"));
    HOLDS(request.authorization.value_or("") == sent(delivery, "HTTP_AUTHORIZATION"));
}

// A whole body is handled or none: a truncated one must not look like the intended one.
void check_delivery(const std::optional<Request>& request, const Delivery& delivery)
{
    const auto announced = parse_number<std::size_t>(sent(delivery, "CONTENT_LENGTH")).value_or(0);
    const bool is_too_large = std::max(announced, delivery.body.size()) > max_body_size;
    HOLDS(request.has_value() == (is_too_large || announced <= delivery.body.size()));
    if (!request)
        return;
    check_parameters(*request, delivery);
    HOLDS(request->body_is_too_large == is_too_large);
    HOLDS(request->body == delivery.body.substr(0, is_too_large ? 0 : announced));
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

// The content of the records of standard output; they are those of one whole response.
std::string output_in(std::string_view response, std::uint16_t id)
{
    const auto records = test::records_in(response);
    HOLDS(records && records->size() >= 2);
    HOLDS(records->back() == test::Record{FCGI_END_REQUEST, id, test::end_request_body(FCGI_REQUEST_COMPLETE), 0});
    std::string output;
    for (std::size_t i = 0; i + 1 < records->size(); ++i) {
        const auto& record = records->at(i);
        HOLDS(record.type == FCGI_STDOUT && record.id == id);
        HOLDS(record.content.empty() == (i + 2 == records->size())); // an empty one ends the stream
        output += record.content;
    }
    return output;
}

// What a handler would be given, and what the peer would be answered.
std::optional<Request> handle(ReceivedRequest received)
{
    HOLDS(received.id != 0 && received.params.size() <= max_params_size && received.body.size() <= max_body_size);
    HOLDS(!received.body_is_too_large || received.body.empty());
    const auto id = received.id;
    const auto request_id = request_id_of(received);
    auto request = to_request(std::move(received));
    if (request) {
        check_request(*request);
        HOLDS(request->request_id == request_id);
        const auto output = to_cgi(echo(*request), request_id);
        HOLDS(output_in(response_records(id, output), id) == output);
        check_answer(output, *request);
    }
    return request;
}

} // namespace

void fuzz(std::string_view input)
{
    if (input.starts_with("raw\n")) {
        auto reading = read_in_every_way(input.substr(4));
        check_replies(reading.replies);
        for (auto& request : reading.requests)
            handle(std::move(request));
        return;
    }
    const auto delivery = read_delivery(input);
    auto reading = read_in_every_way(as_fastcgi(delivery));
    HOLDS(!reading.is_broken && reading.is_between_requests && reading.replies.empty());
    HOLDS(reading.requests.size() == 1);
    check_delivery(handle(std::move(reading.requests.front())), delivery);
}

} // namespace stile::fuzz
