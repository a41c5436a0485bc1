#include "shared/fastcgi/listen.h"

#include "shared/base/text.h"

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace stile {

namespace {

constexpr int first_passed_descriptor = 3; // sd_listen_fds(3)

std::unexpected<std::string> system_error(std::string what)
{
    return std::unexpected(std::move(what) + ": " + std::strerror(errno));
}

bool is_socket(int descriptor)
{
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

bool has_listener(const sockaddr_un& address)
{
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0)
        return false;
    const bool connected = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    return connected;
}

Expected<int, std::string> bind_and_listen(int descriptor, const sockaddr* address, socklen_t length,
                                           const std::string& where)
{
    if (descriptor >= 0 && ::bind(descriptor, address, length) == 0 && ::listen(descriptor, listen_backlog) == 0)
        return descriptor;
    auto error = system_error("cannot listen on " + where);
    if (descriptor >= 0)
        ::close(descriptor);
    return error;
}

Expected<int, std::string> listen_on_port(const std::string& host, const std::string& port)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const int status = ::getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
    const auto where = host + ":" + port;
    if (status != 0)
        return std::unexpected("cannot listen on " + where + ": " + ::gai_strerror(status));
    const int descriptor = ::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return bind_and_listen(descriptor, addresses->ai_addr, addresses->ai_addrlen, where);
}

} // namespace

// LISTEN_PID names the process that the descriptors are meant for.
bool was_passed_a_socket()
{
    const char* pid = std::getenv("LISTEN_PID");
    const char* count = std::getenv("LISTEN_FDS");
    return pid != nullptr && count != nullptr && parse_number<pid_t>(pid) == ::getpid()
           && parse_number<int>(count).value_or(0) >= 1;
}

Expected<int, std::string> listen_on_path(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return std::unexpected("the socket path " + path + " is longer than 107 bytes");
    path.copy(address.sun_path, path.size());
    struct stat status{};
    if (::lstat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode))
        return std::unexpected(path + " exists and is not a socket");
    if (has_listener(address))
        return std::unexpected("another process listens on " + path);
    ::unlink(path.c_str());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const mode_t mask = ::umask(0117);
    auto listening = bind_and_listen(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address, path);
    ::umask(mask);
    return listening;
}

Expected<int, std::string> listening_socket(std::string_view where)
{
    if (where.contains('/'))
        return listen_on_path(std::string(where));
    if (!where.empty()) {
        const auto colon = where.rfind(':');
        if (colon == std::string_view::npos)
            return std::unexpected("--listen takes a path with a '/' or HOST:PORT");
        return listen_on_port(std::string(where.substr(0, colon)), std::string(where.substr(colon + 1)));
    }
    if (was_passed_a_socket())
        return first_passed_descriptor;
    if (is_socket(STDIN_FILENO))
        return ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1); // libfcgi takes 0 for no socket at all
    return std::unexpected("no socket to listen on: use --listen, spawn-fcgi or systemd socket activation");
}

} // namespace stile
