// The listening sockets of the functions belong to this process and are handed down, as systemd does it. So a function that
// dies loses only the requests it was working on; the others wait in the socket for the restarted function.
#include "functions/run/supervisor.h"

#include <poll.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <iostream>
#include <ranges>

namespace stile::run {

namespace {

// Milliseconds.
constexpr int pause_before_restart = 100;
constexpr int patience_at_start = 30'000;
constexpr int patience_at_end = 4'000; // for each of the three signals
constexpr int poll_interval = 10;

constexpr int max_deaths = 5;

} // namespace

Supervisor::Child* Supervisor::child_of(pid_t pid)
{
    const auto child = std::ranges::find(m_children, pid, &Child::pid);
    return child == m_children.end() ? nullptr : &*child;
}

void Supervisor::note_ready()
{
    for (pid_t sender = m_readiness.next(); sender != 0; sender = m_readiness.next())
        if (auto* child = child_of(sender))
            child->was_ready = true;
}

void Supervisor::wait(int milliseconds)
{
    std::array sources = {pollfd{m_signals.descriptor(), POLLIN, 0}, pollfd{m_readiness.descriptor(), POLLIN, 0}};
    ::poll(sources.data(), sources.size(), milliseconds);
    note_ready();
    const int signal = m_signals.next(0);
    if (signal != 0 && signal != SIGCHLD)
        m_asked_to_end = true;
}

void Supervisor::start(Command command)
{
    command.environment.emplace_back("NOTIFY_SOCKET", m_readiness.address());
    const auto pid = run::start(command);
    m_children.push_back({.command = std::move(command), .pid = pid});
}

Expected<void, std::string> Supervisor::wait_until(const std::function<bool(pid_t)>& is_ready)
{
    auto& child = m_children.back();
    const auto failed = [&](const char* how) {
        return std::unexpected(child.command.name + how + "; its log: " + child.command.log);
    };
    // Polls: neither Redis nor nginx tells its parent when it is ready.
    for (int waited = 0; waited < patience_at_start; waited += poll_interval) {
        if (is_ready(child.pid)) {
            child.was_ready = true;
            return {};
        }
        wait(poll_interval);
        if (::waitpid(child.pid, nullptr, WNOHANG) > 0) {
            child.pid = 0;
            return failed(" does not start");
        }
        if (m_asked_to_end)
            return std::unexpected("stopped before it was ready");
    }
    return failed(" does not answer");
}

Expected<void, std::string> Supervisor::restart(Child& child)
{
    note_ready(); // its message may still wait; after this its process id is forgotten
    ::kill(-child.pid, SIGKILL); // the rest of its group: workers of nginx would keep the port
    child.pid = 0;
    if (!child.was_ready && ++child.deaths == max_deaths)
        return std::unexpected(child.command.name + " exits before it is ready; its log: " + child.command.log);
    wait(pause_before_restart);
    if (m_asked_to_end)
        return {};
    child.pid = run::start(child.command);
    std::cerr << "stile: " << child.command.name << " exited and was restarted\n";
    return {};
}

Expected<void, std::string> Supervisor::watch()
{
    while (!m_asked_to_end) {
        // One SIGCHLD can stand for several deaths, and a process can have died before this loop.
        for (pid_t dead = ::waitpid(-1, nullptr, WNOHANG); dead > 0; dead = ::waitpid(-1, nullptr, WNOHANG))
            if (auto* child = child_of(dead))
                TRY(restart(*child));
        if (!m_asked_to_end)
            wait(-1);
    }
    return {};
}

// Asks the process to finish its work, then to end at once, then kills its group (nginx has workers).
void Supervisor::end(Child& child)
{
    const std::array requests = {std::pair{child.command.end_signal, child.pid}, std::pair{SIGTERM, child.pid},
                                 std::pair{SIGKILL, -child.pid}};
    for (const auto& [signal, receiver] : requests) {
        ::kill(receiver, signal);
        for (int waited = 0; waited < patience_at_end; waited += poll_interval) {
            if (::waitpid(child.pid, nullptr, WNOHANG) != 0) {
                ::kill(-child.pid, SIGKILL);
                return;
            }
            m_signals.next(poll_interval); // its death ends the pause
        }
    }
}

void Supervisor::stop()
{
    for (auto& child : m_children | std::views::reverse)
        if (child.pid != 0)
            end(child);
    m_children.clear();
}

} // namespace stile::run
