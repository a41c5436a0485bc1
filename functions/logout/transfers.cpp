#include "functions/logout/transfers.h"

#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace stile::logout {

namespace {

using std::chrono::steady_clock;

// The environment of this process without its settings: stile-deliver has none.
std::vector<char*> environment_without_settings()
{
    std::vector<char*> kept;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const bool is_ours = text.starts_with("STILE_") || text.starts_with("LISTEN_")
                             || text.starts_with("NOTIFY_SOCKET=") || text.starts_with("WATCHDOG_");
        if (!is_ours)
            kept.push_back(*entry);
    }
    kept.push_back(nullptr);
    return kept;
}

// Starts the program with the socket as its standard input and no other descriptor but the standard ones. 0 if it fails.
pid_t spawn(const std::string& program, int socket)
{
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    std::string name = program;
    std::array<char*, 2> arguments = {name.data(), nullptr};
    auto environment = environment_without_settings();
    pid_t child = 0;
    const int error =
        ::posix_spawn(&child, program.c_str(), &actions, &attributes, arguments.data(), environment.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    return error == 0 ? child : 0;
}

} // namespace

Transfers::Transfers() : m_wakes(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (m_wakes < 0)
        throw std::runtime_error("cannot make an eventfd");
}

Transfers::~Transfers()
{
    disconnect("");
    ::close(m_wakes);
}

void Transfers::set_up(std::string socket, std::string networks)
{
    m_path = std::move(socket);
    m_networks = std::move(networks);
}

bool Transfers::start_program()
{
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "stile-deliver";
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    m_child = spawn(program.string(), ends[1]);
    ::close(ends[1]);
    m_socket = ends[0];
    return m_child != 0;
}

bool Transfers::connect()
{
    if (m_socket >= 0)
        return true;
    bool done = false;
    if (m_path.empty())
        done = start_program();
    else {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        m_path.copy(address.sun_path, sizeof address.sun_path - 1);
        m_socket = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        done = m_socket >= 0 && ::connect(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    const auto first = write_allowed_networks(m_networks);
    done = done && ::send(m_socket, first.data(), first.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
    if (!done)
        disconnect(std::string("cannot reach stile-deliver: ") + std::strerror(errno));
    return done;
}

void Transfers::disconnect(std::string problem)
{
    if (m_socket >= 0)
        ::close(std::exchange(m_socket, -1));
    if (m_child != 0) { // without its socket it ends; it may hang
        ::kill(m_child, SIGKILL);
        ::waitpid(std::exchange(m_child, 0), nullptr, 0);
    }
    for (const auto& [id, since] : m_begun)
        m_failed.push_back({id, 0});
    m_begun.clear();
    m_problem = std::move(problem);
}

void Transfers::begin(DeliveryOrder order)
{
    const auto message = write_order(order);
    const auto send = [&] {
        return ::send(m_socket, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
    };
    // What stile-deliver could not read would end it. If it has ended since the last delivery, a new one is tried.
    const bool can_be_read = read_order(message).has_value() && message.size() <= largest_delivery;
    bool sent = can_be_read && connect() && send();
    if (can_be_read && !sent && m_socket >= 0 && errno == EPIPE) {
        disconnect("stile-deliver has ended");
        sent = connect() && send();
    }
    if (sent)
        m_begun.emplace(order.id, steady_clock::now());
    else
        m_failed.push_back({order.id, 0});
}

void Transfers::receive(std::vector<DeliveryResult>& ended)
{
    std::array<char, 256> buffer;
    while (m_socket >= 0) {
        const auto length = ::recv(m_socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (length < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (length <= 0) {
            disconnect("stile-deliver has ended");
            return;
        }
        // It is believed nothing but the result of what it was asked.
        const auto result = read_result({buffer.data(), static_cast<std::size_t>(length)});
        if (result && m_begun.erase(result->id) == 1)
            ended.push_back(*result);
    }
}

std::vector<DeliveryResult> Transfers::wait(std::chrono::milliseconds most)
{
    std::vector<DeliveryResult> ended = std::exchange(m_failed, {});
    std::array<pollfd, 2> waits = {pollfd{m_wakes, POLLIN, 0}, pollfd{m_socket, POLLIN, 0}}; // poll() skips -1
    ::poll(waits.data(), waits.size(), ended.empty() ? static_cast<int>(most.count()) : 0);
    std::uint64_t count = 0;
    [[maybe_unused]] const auto read = ::read(m_wakes, &count, sizeof count);
    receive(ended);
    const auto oldest = std::ranges::min_element(m_begun, {}, [](const auto& entry) { return entry.second; });
    if (oldest != m_begun.end() && steady_clock::now() - oldest->second > patience)
        disconnect("stile-deliver does not answer");
    return ended;
}

void Transfers::wake()
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(m_wakes, &one, sizeof one);
}

} // namespace stile::logout
