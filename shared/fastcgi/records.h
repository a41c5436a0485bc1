// The wire format of FastCGI 1.0 without any input or output: bytes become requests, responses become bytes.
//
// A connection carries requests one after the other (§3.5, FCGI_KEEP_CONN), not several at the same time: a peer that
// asks for that is told that it cannot have it (FCGI_CANT_MPX_CONN).
#pragma once

#include "shared/http/request.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// All parameters of a request, encoded (bytes). nginx sends at most one record of them, 65535 bytes.
constexpr std::size_t max_params_size = 256 * 1024;

// Complete requests that one connection may have waiting for their turn.
constexpr std::size_t max_waiting_requests = 16;

// What a peer that asks is told: connections, and requests, at the same time (FCGI_MAX_CONNS, FCGI_MAX_REQS).
constexpr int max_connections = 1024;

// A complete request, as it came.
struct ReceivedRequest {
    std::uint16_t id = 0;
    bool keeps_connection =
        false; // the peer wants to send further requests; otherwise the response ends the connection
    std::string params; // the name-value pairs, encoded (§3.4)
    std::string body; // at most max_body_size; without what came beyond CONTENT_LENGTH
    bool body_is_too_large = false; // more than max_body_size was announced or sent; then `body` is empty
};

// Cuts what one peer sends into requests. Holds no memory between requests. Not thread-safe.
class RequestReader {
public:
    RequestReader();
    ~RequestReader();
    RequestReader(RequestReader&&) noexcept;
    RequestReader& operator=(RequestReader&&) noexcept;

    // Takes the next bytes that came, a piece of any size. False: this is not FastCGI, or a bound was exceeded; send
    // what take_replies() gives, and close the connection. It stays false.
    bool take(std::string_view bytes);

    // The next complete request, in the order in which they were completed.
    std::optional<ReceivedRequest> next();

    // What has to be sent to the peer besides responses: answers to management records, refusals. Forgets it: call it
    // after each take(), which adds less than 80 bytes to twice the size of what it takes.
    std::string take_replies();

    // Nothing has come of a request or record that is incomplete: if no more comes, nothing is missing.
    bool is_between_requests() const;

    // A request without FCGI_KEEP_CONN was refused or aborted: close the connection when the replies, and the responses to
    // complete requests, are sent (§5.1).
    bool closes_after_replies() const { return m_closes; }

private:
    struct Incomplete;

    // What the content of a record is for.
    enum class Use { ignored, malformed, unknown_type, values, begin, abort, params, body };
    Use use_of(unsigned char type, std::uint16_t id) const;

    void take_header(std::string_view& bytes);
    void take_content(std::string_view piece);
    void take_body(std::string_view piece);
    void refuse_body();
    void begin_record();
    void end_record();
    void begin_request(std::uint16_t id);
    void end_params();
    void end_body();
    void end_request();
    void answer_values();

    std::array<char, 8> m_header{}; // of the record under way
    std::size_t m_header_size = 0; // bytes of it that have come
    std::size_t m_content_left = 0; // bytes of the record that have not come
    std::size_t m_padding_left = 0;
    Use m_use = Use::ignored;
    bool m_is_broken = false;
    bool m_closes = false;
    std::unique_ptr<Incomplete> m_incomplete; // the request under way; on the heap, where freeing it wipes it
    std::string m_discrete; // the content of a record that is used as a whole (§3.3, discrete records)
    std::string m_replies;
    std::vector<ReceivedRequest> m_complete;
};

// The records that carry `output` as the whole response to the request, and end it.
std::string response_records(std::uint16_t id, std::string_view output);

// A record that says nothing, and may be sent at any time before the response: an empty one of standard error. nginx
// closes an idle kept connection on which it receives anything.
std::string empty_stderr_record(std::uint16_t id);

} // namespace stile
