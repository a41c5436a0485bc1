#include "functions/run/ports.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace stile::run {

namespace {

int new_socket(sa_family_t family)
{
    const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        throw std::runtime_error(std::string("cannot make a socket: ") + std::strerror(errno));
    return descriptor;
}

template <typename Address>
bool can_connect(const Address& address)
{
    const int probe = new_socket(reinterpret_cast<const sockaddr&>(address).sa_family);
    const bool connected = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    return connected;
}

sockaddr_in on_loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = ::htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    return address;
}

sockaddr_in6 on_loopback6(int port)
{
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = ::htons(static_cast<std::uint16_t>(port));
    address.sin6_addr = IN6ADDR_LOOPBACK_INIT;
    return address;
}

// The port that a bind to `address` got, or -1.
template <typename Address>
int try_bind(Address address)
{
    const int probe = new_socket(reinterpret_cast<const sockaddr&>(address).sa_family);
    const int yes = 1;
    ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const bool bound = ::bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    sockaddr_in6 got{};
    socklen_t length = sizeof got;
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&got), &length);
    ::close(probe);
    return bound ? ::ntohs(got.sin6_port) : -1; // the port lies at the same place in both families
}

} // namespace

int port_free_on_ipv4(int port)
{
    return try_bind(on_loopback(port));
}

bool is_free_on_ipv6(int port)
{
    return try_bind(on_loopback6(port)) > 0;
}

bool is_taken_on_ipv4(int port)
{
    return can_connect(on_loopback(port));
}

bool is_taken_on_ipv6(int port)
{
    return can_connect(on_loopback6(port));
}

} // namespace stile::run
