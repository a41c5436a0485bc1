// The connections of FastCGI peers (nginx). Each carries requests, one after the other.
#pragma once

#include "shared/engine/handle.h"
#include "shared/engine/loop.h"
#include "shared/fastcgi/records.h"

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace stile {

// Accepts connections, reads requests from them, and has each answered on a fiber. To be used on the loop's thread.
class Peers {
public:
    // Gives the response as CGI text (records.h). May wait. What it throws is a response with status 500.
    using Answer = std::function<std::string(ReceivedRequest&&)>;

    // At most `max_under_way` requests are being answered at the same time; further ones wait, first come, first served.
    // Accepts as many connections as the limit of descriptors allows; further ones wait in the socket, and idle ones are
    // asked to make room.
    // Throws std::runtime_error if the socket is not one to listen on.
    Peers(Loop& loop, int listening, std::size_t max_under_way, Answer answer);
    ~Peers(); // after drain(), or before the first connection
    Peers(const Peers&) = delete;
    Peers& operator=(const Peers&) = delete;

    // Accepts no more connections, and ends those that there are: each after its request under way, and the idle ones
    // at once. Then `on_end` is called.
    void drain(std::function<void()> on_end);

    // Requests that have been read and not been answered.
    std::size_t under_way() const { return m_under_way; }

private:
    class Peer;

    bool is_draining() const { return !m_listener; }
    bool wants_fewer() const { return m_is_full || is_draining(); }
    void accept_if_there_is_room();
    void accept();
    void take(std::shared_ptr<Peer> peer, ReceivedRequest&& request);
    void answer_waiting();
    void answer(Peer& peer, ReceivedRequest& request);
    void forget(Peer& peer);
    void expect_something();
    void end_stuck();
    void end_if_empty();
    uv_stream_t* listener() { return reinterpret_cast<uv_stream_t*>(m_listener.get()); }

    Loop& m_loop;
    const std::size_t m_max_fibers;
    const std::size_t m_max_peers;
    Answer m_answer;
    Handle<uv_any_handle> m_listener; // null when draining
    bool m_is_pipe;
    bool m_is_full = false; // a connection waits for the end of another
    Handle<uv_timer_t> m_sweep; // runs while something is expected of a peer
    std::set<std::shared_ptr<Peer>> m_peers;
    std::deque<std::pair<std::shared_ptr<Peer>, ReceivedRequest>> m_waiting;
    std::size_t m_fibers = 0;
    std::size_t m_under_way = 0;
    std::function<void()> m_on_end;
    std::array<char, 64 * 1024> m_buffer; // what has just been read, of whichever peer
};

} // namespace stile
