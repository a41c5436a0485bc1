// nginx keeps a connection for further requests and may send one at any time. If a function that ends, or that has no
// descriptors left, closed it just then, the request would be lost, and nginx rightly repeats no POST. So nginx is brought
// to close it:
// - What follows END_REQUEST in a response makes nginx not keep the connection (ngx_http_fastcgi_input_filter).
// - Anything that comes on an idle connection makes nginx close it (ngx_http_upstream_keepalive_close_handler). An empty
//   record of standard error is harmless (FastCGI 1.0 §5.3) if nginx has just sent a request: that one is answered.
// Until nginx has closed it, whatever comes is answered.
#include "shared/fastcgi/peers.h"

#include "shared/base/wipe.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <tuple>

namespace stile {

namespace {

constexpr std::uint64_t patience = 30'000; // milliseconds: for the rest of a request, and for taking a response
constexpr std::uint64_t patience_when_draining = 2'000;
constexpr std::uint64_t sweep_interval = 500;
constexpr int backlog = 4096;
constexpr std::size_t other_descriptors = 64; // for Redis, logs, files, the loop itself
constexpr std::size_t fewest_peers = 16;

std::size_t most_peers()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return std::max<std::size_t>(limit.rlim_cur, other_descriptors + fewest_peers) - other_descriptors;
}

bool is_unix_socket(int descriptor)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    return ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 && address.ss_family == AF_UNIX;
}

Handle<uv_any_handle> make_stream(Loop& loop, bool is_pipe)
{
    auto stream = std::make_unique<uv_any_handle>();
    if (is_pipe)
        ::uv_pipe_init(loop.handle(), &stream->pipe, 0);
    else
        ::uv_tcp_init(loop.handle(), &stream->tcp);
    return Handle<uv_any_handle>(stream.release());
}

} // namespace

class Peers::Peer final : public std::enable_shared_from_this<Peer> {
public:
    explicit Peer(Peers& peers) : m_peers(peers), m_stream(make_stream(peers.m_loop, peers.m_is_pipe))
    {
        m_stream->handle.data = this;
    }

    void begin()
    {
        if (::uv_accept(m_peers.listener(), stream()) != 0)
            return end();
        if (!m_peers.m_is_pipe)
            ::uv_tcp_nodelay(&m_stream->tcp, 1);
        expect();
        ::uv_read_start(
            stream(),
            [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
                auto& room = of(handle).m_peers.m_buffer;
                *buffer = ::uv_buf_init(room.data(), static_cast<unsigned>(room.size()));
            },
            [](uv_stream_t* from, ssize_t size, const uv_buf_t* buffer) {
                const auto peer = of(reinterpret_cast<uv_handle_t*>(from)).shared_from_this();
                if (size < 0)
                    return peer->see_end();
                const std::string_view bytes(buffer->base, static_cast<std::size_t>(size));
                peer->read(bytes);
                ::explicit_bzero(buffer->base, bytes.size());
            });
    }

    // The response to the request that the peers were given.
    void respond(std::uint16_t id, bool keeps_connection, std::string_view output)
    {
        auto records = response_records(id, output);
        m_is_answering = false;
        if (!m_stream)
            return;
        if (keeps_connection && m_peers.wants_fewer())
            records += empty_stderr_record(id);
        write(records);
        if (keeps_connection)
            go_on();
        else
            finish(!m_reader.is_between_requests());
    }

    // Has been answered, and keeps its connection for later.
    bool is_idle() const { return m_last_id != 0 && m_expected_since == 0 && !m_is_answering && !m_is_finishing; }

    void ask_to_close()
    {
        write(empty_stderr_record(m_last_id));
        expect(); // the end of the connection, or a request
    }

    void drain()
    {
        if (is_idle())
            ask_to_close();
        else if (!m_is_answering && !m_is_finishing)
            expect();
    }

    bool is_stuck(std::uint64_t now, std::uint64_t limit) const
    {
        return m_expected_since != 0 && now - m_expected_since >= limit;
    }
    bool is_expected() const { return m_expected_since != 0; }

    void end()
    {
        if (m_stream) {
            m_stream.reset();
            m_peers.forget(*this);
        }
    }

private:
    struct Write {
        uv_write_t request{};
        std::string bytes;
    };

    static Peer& of(uv_handle_t* handle) { return *static_cast<Peer*>(handle->data); }
    uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(m_stream.get()); }

    void read(std::string_view bytes)
    {
        const bool is_good = m_reader.take(bytes);
        if (const auto replies = m_reader.take_replies(); !replies.empty())
            write(replies);
        if (!is_good || m_is_finishing)
            return end();
        if (!m_is_answering)
            go_on();
    }

    // The peer will send no more; it may still read.
    void see_end()
    {
        m_has_ended = true;
        if (m_stream && (m_is_answering || is_writing()))
            ::uv_read_stop(stream());
        else
            end();
    }

    // Takes the next request, but not before the peer has taken the response to the one before.
    void go_on()
    {
        if (!m_stream || is_writing())
            return;
        if (auto request = m_reader.next()) {
            m_expected_since = 0;
            m_is_answering = true;
            m_last_id = request->id;
            m_peers.take(shared_from_this(), std::move(*request));
        } else if (m_has_ended || m_reader.closes_after_replies()) {
            finish(false);
        } else if (m_reader.is_between_requests() && !m_peers.wants_fewer()) {
            m_expected_since = 0;
        } else if (m_expected_since == 0) {
            expect();
        }
    }

    bool is_writing() { return ::uv_stream_get_write_queue_size(stream()) > 0; }

    // Nothing more will be answered: closes the connection when all is written, unless the peer shall do it.
    void finish(bool leaves_it_to_peer)
    {
        m_is_finishing = true;
        if (leaves_it_to_peer && !m_has_ended)
            expect();
        else if (m_stream && is_writing())
            m_ends_when_written = true;
        else
            end();
    }

    // Something must come soon.
    void expect()
    {
        m_expected_since = ::uv_now(m_peers.m_loop.handle());
        m_peers.expect_something();
    }

    void write(std::string_view bytes)
    {
        if (!m_stream)
            return;
        const auto all = ::uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
        const int written = ::uv_try_write(stream(), &all, 1);
        if (written < 0 && written != UV_EAGAIN)
            return end();
        if (written > 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
        if (bytes.empty())
            return;
        auto rest = std::make_unique<Write>();
        rest->bytes = bytes;
        rest->request.data = rest.get();
        const auto buffer = ::uv_buf_init(rest->bytes.data(), static_cast<unsigned>(rest->bytes.size()));
        expect();
        if (::uv_write(&rest->request, stream(), &buffer, 1, on_written) == 0)
            std::ignore = rest.release(); // on_written() deletes it
        else
            end();
    }

    static void on_written(uv_write_t* request, int status)
    {
        const std::unique_ptr<Write> done(static_cast<Write*>(request->data));
        if (status == UV_ECANCELED) // the connection has ended, and perhaps its Peer
            return;
        const auto peer = of(reinterpret_cast<uv_handle_t*>(request->handle)).shared_from_this();
        if (status != 0 || peer->m_ends_when_written)
            peer->end();
        else if (peer->m_is_answering)
            peer->m_expected_since = 0;
        else if (!peer->m_is_finishing)
            peer->go_on();
    }

    Peers& m_peers;
    Handle<uv_any_handle> m_stream; // null when the connection has ended
    RequestReader m_reader;
    std::uint64_t m_expected_since = 0; // milliseconds of the loop; 0: nothing is expected of the peer
    std::uint16_t m_last_id = 0; // of a request
    bool m_is_answering = false;
    bool m_is_finishing = false; // no further request is read
    bool m_ends_when_written = false;
    bool m_has_ended = false; // the peer sends no more
};

Peers::Peers(Loop& loop, int listening, std::size_t max_under_way, Answer answer)
    : m_loop(loop),
      m_max_fibers(max_under_way),
      m_max_peers(most_peers()),
      m_answer(std::move(answer)),
      m_is_pipe(is_unix_socket(listening)),
      m_sweep(new uv_timer_t)
{
    ::uv_timer_init(loop.handle(), m_sweep.get());
    m_sweep->data = this;
    m_listener = make_stream(loop, m_is_pipe);
    m_listener->handle.data = this;
    int status = m_is_pipe ? ::uv_pipe_open(&m_listener->pipe, listening) : ::uv_tcp_open(&m_listener->tcp, listening);
    if (status == 0)
        status = ::uv_listen(listener(), backlog, [](uv_stream_t* listener, int problem) {
            if (problem == 0)
                static_cast<Peers*>(listener->data)->accept_if_there_is_room();
        });
    if (status != 0)
        throw std::runtime_error(std::string("cannot listen: ") + ::uv_strerror(status));
}

Peers::~Peers() = default;

// libuv holds the connection until it is accepted, and the others wait in the socket.
void Peers::accept_if_there_is_room()
{
    m_is_full = m_peers.size() >= m_max_peers;
    if (!m_is_full)
        return accept();
    const auto idle = std::ranges::find_if(m_peers, [](const auto& peer) { return peer->is_idle(); });
    if (idle != m_peers.end())
        (*idle)->ask_to_close();
}

void Peers::accept()
{
    const auto peer = std::make_shared<Peer>(*this);
    m_peers.insert(peer);
    peer->begin();
}

void Peers::take(std::shared_ptr<Peer> peer, ReceivedRequest&& request)
{
    ++m_under_way;
    m_waiting.emplace_back(std::move(peer), std::move(request));
    if (m_fibers < m_max_fibers) {
        ++m_fibers;
        m_loop.spawn([this] { answer_waiting(); });
    }
}

void Peers::answer(Peer& peer, ReceivedRequest& request)
{
    const auto id = request.id;
    const bool keeps_connection = request.keeps_connection;
    try {
        peer.respond(id, keeps_connection, m_answer(std::move(request)));
    } catch (const std::exception&) { // no memory for the response: only this request fails
        peer.respond(id, keeps_connection, "Status: 500 Internal Server Error\r\nCache-Control: no-store\r\n\r\n");
    }
}

// Runs on a fiber.
void Peers::answer_waiting()
{
    while (!m_waiting.empty()) {
        auto [peer, request] = std::move(m_waiting.front());
        m_waiting.pop_front();
        answer(*peer, request);
        wipe_dead_stack();
        --m_under_way;
    }
    --m_fibers;
    end_if_empty();
}

void Peers::forget(Peer& peer)
{
    m_peers.erase(peer.shared_from_this());
    if (m_is_full && !is_draining())
        accept_if_there_is_room();
    end_if_empty();
}

void Peers::expect_something()
{
    if (::uv_is_active(reinterpret_cast<uv_handle_t*>(m_sweep.get())) == 0)
        ::uv_timer_start(
            m_sweep.get(), [](uv_timer_t* timer) { static_cast<Peers*>(timer->data)->end_stuck(); }, sweep_interval,
            sweep_interval);
}

void Peers::end_stuck()
{
    const auto limit = is_draining() ? patience_when_draining : patience;
    const auto all = m_peers; // those that end remove themselves
    for (const auto& peer : all)
        if (peer->is_stuck(::uv_now(m_loop.handle()), limit))
            peer->end();
    if (std::ranges::none_of(m_peers, [](const auto& peer) { return peer->is_expected(); }))
        ::uv_timer_stop(m_sweep.get());
}

void Peers::drain(std::function<void()> on_end)
{
    m_on_end = std::move(on_end);
    if (std::exchange(m_is_full, false))
        accept(); // what libuv holds
    m_listener.reset();
    const auto all = m_peers;
    for (const auto& peer : all)
        peer->drain();
    end_if_empty();
}

void Peers::end_if_empty()
{
    if (m_on_end && m_peers.empty() && m_fibers == 0)
        std::exchange(m_on_end, nullptr)();
}

} // namespace stile
