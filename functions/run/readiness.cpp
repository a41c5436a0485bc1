#include "functions/run/readiness.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

namespace stile::run {

namespace {

// Lets the kernel choose the name (unix(7), autobind) and returns it with @ for its first byte, which is 0.
std::string bind_to_new_name(int descriptor)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    if (::bind(descriptor, generic, sizeof address.sun_family) != 0 || ::getsockname(descriptor, generic, &length) != 0)
        return "";
    std::string name(address.sun_path, length - offsetof(sockaddr_un, sun_path));
    if (!name.empty())
        name.front() = '@';
    return name;
}

// Any local user can send to an abstract name, but the kernel fills in who did (unix(7), SCM_CREDENTIALS).
pid_t sender_of(msghdr& message)
{
    const auto* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS)
        return 0;
    ucred credentials{};
    std::memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
    return credentials.pid;
}

} // namespace

Readiness::Readiness() : m_descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
{
    const int on = 1;
    ::setsockopt(m_descriptor, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    m_address = bind_to_new_name(m_descriptor);
}

Readiness::Readiness(Readiness&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)),
      m_address(std::move(other.m_address))
{
}

Readiness::~Readiness()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

pid_t Readiness::next() const
{
    for (;;) {
        std::array<char, 256> text{};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
        iovec buffer = {text.data(), text.size()};
        msghdr message{};
        message.msg_iov = &buffer;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        const auto size = ::recvmsg(m_descriptor, &message, MSG_CMSG_CLOEXEC);
        if (size < 0)
            return 0;
        const std::string_view line(text.data(), static_cast<std::size_t>(size));
        if (line == "READY=1")
            if (const auto sender = sender_of(message); sender > 0)
                return sender;
    }
}

} // namespace stile::run
