// How a connection to Redis lets go of its socket. tests/store/ has the rest, with a real Redis.
#include "shared/store/redis_link.h"

#include "shared/engine/handle.h"
#include "tests/support/catch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

using namespace stile;

namespace {

// The number that the next descriptor will have.
int next_descriptor()
{
    const int next = ::dup(STDIN_FILENO);
    ::close(next);
    return next;
}

} // namespace

// libuv's uv_close() of a stopped uv_poll_t takes the number out of epoll, whoever has it by then.
TEST_CASE("STILE-store-97 the end of a connection does not deafen the one that has its descriptor now")
{
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in bound{};
    bound.sin_family = AF_INET;
    bound.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof bound;
    REQUIRE(::bind(listening, reinterpret_cast<const sockaddr*>(&bound), size) == 0);
    REQUIRE(::listen(listening, 1) == 0);
    REQUIRE(::getsockname(listening, reinterpret_cast<sockaddr*>(&bound), &size) == 0);
    RedisAddress address;
    address.host = "127.0.0.1";
    address.port = ::ntohs(bound.sin_port);

    Loop loop;
    const int number = next_descriptor();
    auto link = std::make_unique<RedisLink>(loop, address);
    ::close(::accept(listening, nullptr, nullptr));
    while (link->is_open())
        loop.look();

    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0);
    REQUIRE(pair[0] == number);
    bool was_heard = false;
    const Handle<uv_poll_t> other(new uv_poll_t);
    ::uv_poll_init(loop.handle(), other.get(), pair[0]);
    other->data = &was_heard;
    ::uv_poll_start(other.get(), UV_READABLE,
                    [](uv_poll_t* poll, int, int) { *static_cast<bool*>(poll->data) = true; });
    loop.look(); // libuv tells epoll of it
    link.reset();
    REQUIRE(::write(pair[1], "x", 1) == 1);
    loop.look();
    loop.look();
    CHECK(was_heard);

    ::close(pair[1]);
    ::close(listening);
}
