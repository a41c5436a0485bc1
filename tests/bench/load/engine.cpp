#include "tests/bench/load/engine.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>

namespace stile::load {

namespace {

using Clock = std::chrono::steady_clock;

class Socket {
public:
    Socket() = default;
    explicit Socket(int descriptor) : m_descriptor(descriptor) {}
    Socket(Socket&& other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}
    Socket& operator=(Socket&& other) noexcept
    {
        std::swap(m_descriptor, other.m_descriptor);
        return *this;
    }
    ~Socket()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    int get() const { return m_descriptor; }

private:
    int m_descriptor = -1;
};

// Blocking to connect (loopback answers at once or not at all), non-blocking from then on.
Socket connect_to(const Target& target)
{
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(target.port));
    if (::inet_pton(AF_INET, target.host.c_str(), &address.sin_addr) != 1)
        throw std::runtime_error("not an IPv4 address: " + target.host);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return Socket();
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

struct Client {
    explicit Client(std::unique_ptr<Flow> what) : flow(std::move(what)) {}

    std::unique_ptr<Flow> flow;
    Socket socket;
    AnswerReader reader;
    std::string operation;
    Clock::time_point sent_at;
    bool waits = false; // for an answer
    bool is_at_the_operation = false; // that is measured
};

class Engine {
public:
    Engine(const Target& target, const FlowKind& kind, const Identity& who, Stock& stock, const Run& run)
        : m_target(target),
          m_kind(kind),
          m_run(run),
          m_epoll(::epoll_create1(EPOLL_CLOEXEC)),
          m_on_the_way(run.connections)
    {
        m_clients.reserve(static_cast<std::size_t>(run.connections));
        for (int i = 0; i < run.connections; ++i)
            m_clients.emplace_back(kind.make(who, stock));
    }

    Outcome drive()
    {
        for (auto& client : m_clients)
            send_next(client);
        while (m_under_way > 0 && !is_out_of_patience()) {
            if (!has_begun() && Clock::now() - m_began > std::chrono::seconds(longest_way))
                throw std::runtime_error("the clients do not come to the operation in time");
            wait();
        }
        if (!m_is_done)
            m_ended = Clock::now();
        m_outcome.stuck = m_under_way;
        m_outcome.seconds = std::chrono::duration<double>(m_ended - m_began).count();
        return std::move(m_outcome);
    }

private:
    bool has_begun() const { return m_on_the_way == 0; }

    void begin()
    {
        m_outcome = {};
        m_run.on_begin();
        m_began = Clock::now();
    }

    bool is_done()
    {
        if (m_is_done || !has_begun())
            return m_is_done;
        const std::chrono::duration<double> passed = Clock::now() - m_began;
        m_is_done = (m_run.requests > 0 && m_outcome.well >= m_run.requests)
                    || (m_run.seconds > 0 && passed.count() >= m_run.seconds);
        if (m_is_done)
            m_ended = Clock::now();
        return m_is_done;
    }

    bool is_out_of_patience() { return is_done() && Clock::now() - m_ended > std::chrono::seconds(patience); }

    bool connect(Client& client)
    {
        client.socket = connect_to(m_target);
        client.reader.reset();
        if (client.socket.get() < 0)
            return false;
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &client;
        return ::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, client.socket.get(), &event) == 0;
    }

    void send_next(Client& client)
    {
        // A server that refuses is asked again, but not for ever.
        for (int refused = 0; !is_done() && refused < 1000; ++refused) {
            const auto step = client.flow->next();
            if (!step)
                return;
            client.operation = step->operation;
            if (!client.is_at_the_operation && step->operation == m_kind.operation) {
                client.is_at_the_operation = true;
                if (--m_on_the_way == 0)
                    begin();
            }
            client.sent_at = Clock::now();
            if (client.socket.get() < 0 && !connect(client)) {
                count(client, Answer());
                continue;
            }
            // Requests are far smaller than a socket's buffer: they go out whole, or the connection is gone.
            if (::send(client.socket.get(), step->bytes.data(), step->bytes.size(), MSG_NOSIGNAL)
                != static_cast<ssize_t>(step->bytes.size())) {
                client.socket = Socket();
                count(client, Answer());
                continue;
            }
            client.waits = true;
            ++m_under_way;
            return;
        }
    }

    void wait()
    {
        std::array<epoll_event, 256> events;
        const int ready = ::epoll_wait(m_epoll.get(), events.data(), events.size(), 100);
        for (int i = 0; i < ready; ++i)
            receive(*static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr));
    }

    void receive(Client& client)
    {
        std::array<char, 65536> buffer;
        const auto received = ::recv(client.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (received < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (received <= 0) {
            client.socket = Socket();
            if (client.waits)
                finish(client, Answer());
            return;
        }
        auto answer = client.reader.add({buffer.data(), static_cast<std::size_t>(received)});
        if (!answer)
            return;
        if (answer->closes)
            client.socket = Socket();
        finish(client, *answer);
    }

    void finish(Client& client, const Answer& answer)
    {
        client.waits = false;
        --m_under_way;
        count(client, answer);
        send_next(client);
    }

    void count(Client& client, const Answer& answer)
    {
        if (!client.flow->take(answer)) {
            ++m_outcome.failed[answer.status];
            if (!has_begun() && ++m_failed_on_the_way > patience_on_the_way)
                throw std::runtime_error("the clients do not come to the operation: status "
                                         + std::to_string(answer.status) + " at " + client.operation);
            return;
        }
        if (const auto product = client.flow->product(); !product.empty())
            m_run.on_product(product);
        if (client.operation != m_kind.operation) {
            ++m_outcome.steps[client.operation];
            return;
        }
        ++m_outcome.well;
        m_outcome.latencies.push_back(static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - client.sent_at).count()));
    }

    Target m_target;
    const FlowKind& m_kind;
    const Run& m_run;
    Socket m_epoll;
    std::vector<Client> m_clients;
    static constexpr int patience_on_the_way = 1000; // failures
    static constexpr int longest_way = 120; // seconds; a thousand logins take less
    int m_failed_on_the_way = 0;
    int m_on_the_way; // clients that have not come to the measured operation yet
    Outcome m_outcome;
    Clock::time_point m_began = Clock::now();
    Clock::time_point m_ended;
    std::int64_t m_under_way = 0;
    bool m_is_done = false;
};

} // namespace

Outcome drive(const Target& target, const FlowKind& kind, const Identity& who, Stock& stock, const Run& run)
{
    return Engine(target, kind, who, stock, run).drive();
}

} // namespace stile::load
