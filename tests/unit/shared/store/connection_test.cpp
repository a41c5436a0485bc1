// How a connection uses the clock of Redis. tests/store/ has the rest, with a real Redis.
#include "shared/store/connection.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <thread>

using namespace stile;
using namespace stile::test;

namespace {

// The time is 1700000000.000000, no key is there, and all else is well.
std::string_view reply_to(std::string_view command)
{
    if (command.contains("TIME"))
        return "*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n";
    return command.contains("GET") ? "$-1\r\n" : "+OK\r\n";
}

// Says what time it is after a while by the caller's clock.
class SlowRedis {
public:
    SlowRedis(FakeClock& clock, std::int64_t milliseconds)
        : m_listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(m_listening, reinterpret_cast<const sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(m_listening, 1) == 0);
        REQUIRE(::getsockname(m_listening, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        m_port = ntohs(address.sin_port);
        m_thread = std::jthread([this, &clock, milliseconds] {
            const int peer = ::accept(m_listening, nullptr, nullptr);
            std::array<char, 256> command{};
            for (auto got = ::read(peer, command.data(), command.size()); got > 0;
                 got = ::read(peer, command.data(), command.size())) {
                const std::string_view commands(command.data(), static_cast<std::size_t>(got));
                std::string replies;
                for (std::size_t at = 0; at < commands.size();) { // several may come at once; each begins with a star
                    const auto end = std::min(commands.find("\r\n*", at + 1), commands.size());
                    replies += reply_to(commands.substr(at, end - at));
                    at = std::min(end + 2, commands.size());
                }
                if (replies.contains('*'))
                    clock.advance_milliseconds(milliseconds);
                [[maybe_unused]] const auto written = ::write(peer, replies.data(), replies.size());
            }
            ::close(peer);
        });
    }
    ~SlowRedis()
    {
        m_thread.join();
        ::close(m_listening);
    }
    SlowRedis(const SlowRedis&) = delete;
    SlowRedis& operator=(const SlowRedis&) = delete;

    RedisAddress address() const
    {
        RedisAddress address;
        address.host = "127.0.0.1";
        address.port = m_port;
        address.timeout_milliseconds = 1000;
        return address;
    }

private:
    int m_listening;
    int m_port = 0;
    std::jthread m_thread;
};

} // namespace

TEST_CASE("STILE-store-95 the time needed to ask Redis for its time does not delay a deadline")
{
    FakeClock clock;
    const SlowRedis redis(clock, 300);
    Connection connection(redis.address(), clock);
    const auto deadline = connection.deadline();
    REQUIRE(deadline);
    CHECK(*deadline <= "1700000001000"); // a second after the reported time
    CHECK(*deadline >= "1700000000990");
}
