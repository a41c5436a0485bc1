// Service notifications to systemd by the protocol of sd_notify(3): a line of text in a datagram to the unix socket
// named by NOTIFY_SOCKET. libsystemd would do the same, but costs each function a megabyte and seven libraries.
#pragma once

#include <cstdint>
#include <string_view>

namespace stile {

class ServiceNotifier {
public:
    ServiceNotifier(); // reads the environment; without NOTIFY_SOCKET nothing is sent
    ~ServiceNotifier();
    ServiceNotifier(const ServiceNotifier&) = delete;
    ServiceNotifier& operator=(const ServiceNotifier&) = delete;

    void send(std::string_view state) const; // such as "READY=1"; never blocks

    // systemd kills the process if "WATCHDOG=1" does not arrive within this interval (sd_watchdog_enabled(3)); 0: no
    // watchdog.
    std::int64_t watchdog_milliseconds() const { return m_watchdog; }

private:
    int m_socket = -1;
    std::int64_t m_watchdog = 0;
};

} // namespace stile
