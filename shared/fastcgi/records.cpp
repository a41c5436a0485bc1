// The reader is a state machine over three counters: the bytes of the header that have come, and the bytes of content
// and padding that have not. What a record's content is for (Use) is decided once, when its header is complete;
// content of streams then goes straight to where it belongs, in whatever pieces it comes. Everything therefore happens at
// the same byte however the bytes are split.
#include "shared/fastcgi/records.h"

#include "shared/base/text.h"
#include "shared/fastcgi/pairs.h"

#include <fastcgi.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace stile {

namespace {

static_assert(sizeof(FCGI_Header) == FCGI_HEADER_LEN);
static_assert(sizeof(FCGI_BeginRequestBody) == 8 && sizeof(FCGI_EndRequestBody) == 8
              && sizeof(FCGI_UnknownTypeBody) == 8);

constexpr std::size_t number(unsigned char high, unsigned char low)
{
    return static_cast<std::size_t>(high) << 8 | low;
}

constexpr unsigned char low_byte(std::size_t value)
{
    return static_cast<unsigned char>(value & 0xff);
}

// Appends the bytes of one of the structures of <fastcgi.h>, which are all unsigned char.
template <typename Structure>
void append(std::string& to, const Structure& structure)
{
    const auto bytes = std::bit_cast<std::array<char, sizeof structure>>(structure);
    to.append(bytes.data(), bytes.size());
}

void append_header(std::string& to, unsigned char type, std::uint16_t id, std::size_t length, std::size_t padding = 0)
{
    append(to, FCGI_Header{.version = FCGI_VERSION_1,
                           .type = type,
                           .requestIdB1 = low_byte(id >> 8),
                           .requestIdB0 = low_byte(id),
                           .contentLengthB1 = low_byte(length >> 8),
                           .contentLengthB0 = low_byte(length),
                           .paddingLength = low_byte(padding),
                           .reserved = 0});
}

// FastCGI 1.0 §3.3 recommends that records begin at multiples of eight bytes.
constexpr std::size_t padding_after(std::size_t length)
{
    return (8 - length % 8) % 8;
}

void append_record(std::string& to, unsigned char type, std::uint16_t id, std::string_view content)
{
    const auto padding = padding_after(content.size());
    append_header(to, type, id, content.size(), padding);
    to.append(content).append(padding, '\0');
}

void append_end_request(std::string& to, std::uint16_t id, unsigned char status)
{
    append_header(to, FCGI_END_REQUEST, id, sizeof(FCGI_EndRequestBody));
    append(to, FCGI_EndRequestBody{.protocolStatus = status});
}

// Cuts off as many of the first `most` bytes as are there.
std::string_view cut(std::string_view& from, std::size_t most)
{
    const auto piece = from.substr(0, most);
    from.remove_prefix(piece.size());
    return piece;
}

} // namespace

struct RequestReader::Incomplete {
    ReceivedRequest request{};
    bool params_ended = false;
    bool body_ended = false;
    std::size_t body_limit = max_body_size; // CONTENT_LENGTH, as soon as it is known
    std::size_t body_sent = 0; // more than the body has if some was beyond the limit
};

RequestReader::RequestReader() = default;
RequestReader::~RequestReader() = default;
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;

bool RequestReader::take(std::string_view bytes)
{
    while (!bytes.empty() && !m_is_broken) {
        if (m_content_left > 0)
            take_content(cut(bytes, m_content_left));
        else if (m_padding_left > 0)
            m_padding_left -= cut(bytes, m_padding_left).size();
        else
            take_header(bytes);
    }
    return !m_is_broken;
}

std::optional<ReceivedRequest> RequestReader::next()
{
    if (m_complete.empty())
        return std::nullopt;
    if (m_complete.size() == 1)
        return std::move(std::exchange(m_complete, {}).front()); // leaves no memory behind
    std::optional<ReceivedRequest> request(std::move(m_complete.front()));
    m_complete.erase(m_complete.begin());
    return request;
}

std::string RequestReader::take_replies()
{
    return std::exchange(m_replies, {});
}

bool RequestReader::is_between_requests() const
{
    return m_header_size == 0 && m_content_left == 0 && m_padding_left == 0 && m_incomplete == nullptr;
}

void RequestReader::take_header(std::string_view& bytes)
{
    const auto piece = cut(bytes, m_header.size() - m_header_size);
    piece.copy(m_header.data() + m_header_size, piece.size());
    m_header_size += piece.size();
    if (m_header_size < m_header.size())
        return;
    m_header_size = 0;
    begin_record();
    if (m_content_left == 0 && !m_is_broken)
        end_record();
}

void RequestReader::begin_record()
{
    const auto header = std::bit_cast<FCGI_Header>(m_header);
    m_content_left = number(header.contentLengthB1, header.contentLengthB0);
    m_padding_left = header.paddingLength;
    // FastCGI 1.0 §3.3: management records have the id 0, and no other record has.
    const auto id = static_cast<std::uint16_t>(number(header.requestIdB1, header.requestIdB0));
    if (header.version != FCGI_VERSION_1)
        m_use = Use::malformed;
    else if (id == FCGI_NULL_REQUEST_ID)
        m_use = header.type == FCGI_GET_VALUES ? Use::values : Use::unknown_type; // §4.2
    else
        m_use = use_of(header.type, id);
    m_is_broken = m_use == Use::malformed;
}

// What an application record is for.
RequestReader::Use RequestReader::use_of(unsigned char type, std::uint16_t id) const
{
    const bool is_of_this = m_incomplete != nullptr && m_incomplete->request.id == id;
    // FastCGI 1.0 §5.1. An id begins again only after its end (§3.3).
    if (type == FCGI_BEGIN_REQUEST)
        return m_content_left == sizeof(FCGI_BeginRequestBody) && !is_of_this ? Use::begin : Use::malformed;
    // FastCGI 1.0 §3.3: records of inactive ids are ignored. So are those of a complete request, which may be answered.
    if (!is_of_this)
        return Use::ignored;
    switch (type) {
    case FCGI_ABORT_REQUEST: return Use::abort;
    case FCGI_PARAMS:
        return !m_incomplete->params_ended && m_content_left <= max_params_size - m_incomplete->request.params.size()
                   ? Use::params
                   : Use::malformed;
    case FCGI_STDIN: return m_incomplete->body_ended ? Use::malformed : Use::body;
    case FCGI_DATA: return Use::ignored; // FastCGI 1.0 §6.4: for filters
    default: return Use::malformed; // what only an application sends, or no version of the protocol knows
    }
}

void RequestReader::take_content(std::string_view piece)
{
    m_content_left -= piece.size();
    if (m_use == Use::params)
        m_incomplete->request.params.append(piece);
    else if (m_use == Use::body)
        take_body(piece);
    else if (m_use == Use::begin || m_use == Use::values)
        m_discrete.append(piece);
    if (m_content_left == 0)
        end_record();
}

void RequestReader::take_body(std::string_view piece)
{
    auto& [request, params_ended, body_ended, limit, sent] = *m_incomplete;
    if (request.body_is_too_large)
        return;
    sent += piece.size();
    if (sent > max_body_size)
        return refuse_body();
    if (request.body.empty() && params_ended)
        request.body.reserve(limit);
    request.body.append(piece.substr(0, limit - request.body.size()));
}

// The rest of it is read, but not kept: the connection can carry further requests.
void RequestReader::refuse_body()
{
    m_incomplete->request.body_is_too_large = true;
    std::string().swap(m_incomplete->request.body);
}

void RequestReader::end_record()
{
    const auto header = std::bit_cast<FCGI_Header>(m_header);
    const auto id = static_cast<std::uint16_t>(number(header.requestIdB1, header.requestIdB0));
    const bool is_empty = number(header.contentLengthB1, header.contentLengthB0) == 0;
    switch (m_use) {
    case Use::ignored:
    case Use::malformed: return;
    case Use::unknown_type: // FastCGI 1.0 §4.2
        append_header(m_replies, FCGI_UNKNOWN_TYPE, FCGI_NULL_REQUEST_ID, sizeof(FCGI_UnknownTypeBody));
        return append(m_replies, FCGI_UnknownTypeBody{.type = header.type});
    case Use::values: return answer_values();
    case Use::begin: return begin_request(id);
    case Use::abort: // FastCGI 1.0 §5.4
        m_closes = m_closes || !m_incomplete->request.keeps_connection;
        m_incomplete.reset();
        return append_end_request(m_replies, id, FCGI_REQUEST_COMPLETE);
    case Use::params: // FastCGI 1.0 §3.3: an empty record ends a stream
        if (is_empty)
            end_params();
        return;
    case Use::body:
        if (is_empty)
            end_body();
        return;
    }
}

void RequestReader::begin_request(std::uint16_t id)
{
    std::array<char, sizeof(FCGI_BeginRequestBody)> bytes{};
    std::exchange(m_discrete, {}).copy(bytes.data(), bytes.size());
    const auto body = std::bit_cast<FCGI_BeginRequestBody>(bytes);
    const bool keeps_connection = (body.flags & FCGI_KEEP_CONN) != 0;
    // FastCGI 1.0 §5.5: one request at a time, and one role.
    if (m_incomplete)
        return append_end_request(m_replies, id, FCGI_CANT_MPX_CONN);
    if (number(body.roleB1, body.roleB0) != FCGI_RESPONDER) {
        m_closes = m_closes || !keeps_connection;
        return append_end_request(m_replies, id, FCGI_UNKNOWN_ROLE);
    }
    m_incomplete = std::make_unique<Incomplete>();
    m_incomplete->request.id = id;
    m_incomplete->request.keeps_connection = keeps_connection;
}

void RequestReader::end_params()
{
    auto& request = m_incomplete->request;
    m_incomplete->params_ended = true;
    const auto announced = announced_length(request.params);
    if (announced > max_body_size)
        refuse_body();
    m_incomplete->body_limit = announced;
    request.body.resize(std::min(request.body.size(), announced)); // what came before the parameters ended
    if (m_incomplete->body_ended)
        end_request();
}

void RequestReader::end_body()
{
    m_incomplete->body_ended = true;
    if (m_incomplete->params_ended)
        end_request();
}

void RequestReader::end_request()
{
    m_is_broken = m_complete.size() == max_waiting_requests;
    if (!m_is_broken)
        m_complete.push_back(std::move(m_incomplete->request));
    m_incomplete.reset();
}

// FastCGI 1.0 §4.1: the values asked for, each once, without those that are not known.
void RequestReader::answer_values()
{
    const auto maximum = std::to_string(max_connections);
    const std::array<NameValuePair, 3> known = {NameValuePair{FCGI_MAX_CONNS, maximum},
                                                NameValuePair{FCGI_MAX_REQS, maximum},
                                                NameValuePair{FCGI_MPXS_CONNS, "0"}};
    std::array<bool, known.size()> is_asked_for{};
    const auto query = std::exchange(m_discrete, {});
    for (std::string_view rest = query; !rest.empty();) {
        const auto asked = cut_pair(rest);
        m_is_broken = !asked;
        if (m_is_broken)
            return;
        for (std::size_t i = 0; i < known.size(); ++i)
            is_asked_for.at(i) = is_asked_for.at(i) || known.at(i).name == asked->name;
    }
    std::string values;
    for (std::size_t i = 0; i < known.size(); ++i)
        if (is_asked_for.at(i))
            append_short_pair(values, known.at(i));
    append_record(m_replies, FCGI_GET_VALUES_RESULT, FCGI_NULL_REQUEST_ID, values);
}

// FastCGI 1.0 §6.2: the stream of standard output, its end, and the end of the request. Only the last record of a large
// output needs padding.
std::string response_records(std::uint16_t id, std::string_view output)
{
    constexpr std::size_t piece_size = FCGI_MAX_LENGTH / 8 * 8;
    std::string records;
    const auto count = output.size() / piece_size + 1;
    records.reserve(output.size() + count * FCGI_HEADER_LEN + 8 + 2 * FCGI_HEADER_LEN + sizeof(FCGI_EndRequestBody));
    while (!output.empty())
        append_record(records, FCGI_STDOUT, id, cut(output, piece_size));
    append_header(records, FCGI_STDOUT, id, 0);
    append_end_request(records, id, FCGI_REQUEST_COMPLETE);
    return records;
}

std::string empty_stderr_record(std::uint16_t id)
{
    std::string record;
    append_header(record, FCGI_STDERR, id, 0);
    return record;
}

} // namespace stile
