#include "shared/fastcgi/notify.h"

#include "shared/base/text.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

namespace stile {

namespace {

// A socket connected to the path, or to the abstract name after an @; -1 if that fails.
int connect_to(std::string_view name)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if ((!name.starts_with('/') && !name.starts_with('@')) || name.size() >= sizeof address.sun_path)
        return -1;
    name.copy(address.sun_path, name.size());
    if (name.starts_with('@'))
        address.sun_path[0] = '\0';
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (descriptor >= 0 && ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
        ::close(descriptor);
        return -1;
    }
    return descriptor;
}

// WATCHDOG_PID, if set, is the process that is watched.
std::int64_t watchdog_of_this_process()
{
    const char* microseconds = std::getenv("WATCHDOG_USEC");
    const char* pid = std::getenv("WATCHDOG_PID");
    if (microseconds == nullptr || (pid != nullptr && parse_number<pid_t>(pid) != ::getpid()))
        return 0;
    return parse_number<std::int64_t>(microseconds).value_or(0) / 1000;
}

} // namespace

ServiceNotifier::ServiceNotifier() : m_watchdog(watchdog_of_this_process())
{
    if (const char* name = std::getenv("NOTIFY_SOCKET"))
        m_socket = connect_to(name);
}

ServiceNotifier::~ServiceNotifier()
{
    if (m_socket >= 0)
        ::close(m_socket);
}

void ServiceNotifier::send(std::string_view state) const
{
    if (m_socket >= 0)
        ::send(m_socket, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

} // namespace stile
