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
};

class Engine {
public:
    Engine(const Target& target, const FlowKind& kind, const Identity& who, int connections, const Amount& amount)
        : m_target(target),
          m_amount(amount),
          m_epoll(::epoll_create1(EPOLL_CLOEXEC))
    {
        m_clients.reserve(static_cast<std::size_t>(connections));
        for (int i = 0; i < connections; ++i)
            m_clients.emplace_back(kind.make(who));
    }

    Outcome run()
    {
        m_began = Clock::now();
        for (auto& client : m_clients)
            send_next(client);
        while (m_under_way > 0 && !is_out_of_patience())
            wait();
        m_outcome.stuck = m_under_way;
        m_outcome.seconds = std::chrono::duration<double>(m_ended - m_began).count();
        return std::move(m_outcome);
    }

private:
    bool is_done()
    {
        if (m_is_done)
            return true;
        const std::chrono::duration<double> passed = Clock::now() - m_began;
        m_is_done = (m_amount.requests > 0 && m_counted >= m_amount.requests)
                    || (m_amount.seconds > 0 && passed.count() >= m_amount.seconds);
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
            const Step step = client.flow->next();
            client.operation = step.operation;
            client.sent_at = Clock::now();
            if (client.socket.get() < 0 && !connect(client)) {
                count(client, Answer());
                continue;
            }
            // Requests are far smaller than a socket's buffer: they go out whole, or the connection is gone.
            if (::send(client.socket.get(), step.bytes.data(), step.bytes.size(), MSG_NOSIGNAL)
                != static_cast<ssize_t>(step.bytes.size())) {
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
        const bool well = client.flow->take(answer);
        const bool is_counted = !client.operation.empty();
        Tally& tally = is_counted ? m_outcome.operations[client.operation] : m_outcome.on_the_way;
        m_counted += is_counted;
        if (!well) {
            ++tally.failed[answer.status];
            return;
        }
        ++tally.well;
        if (is_counted)
            tally.latencies.push_back(static_cast<std::uint32_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - client.sent_at).count()));
    }

    Target m_target;
    Amount m_amount;
    Socket m_epoll;
    std::vector<Client> m_clients;
    Outcome m_outcome;
    Clock::time_point m_began;
    Clock::time_point m_ended;
    std::int64_t m_counted = 0;
    std::int64_t m_under_way = 0;
    bool m_is_done = false;
};

} // namespace

Outcome drive(const Target& target, const FlowKind& kind, const Identity& who, int connections, const Amount& amount)
{
    return Engine(target, kind, who, connections, amount).run();
}

} // namespace stile::load
