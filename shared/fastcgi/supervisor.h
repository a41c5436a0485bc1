// What a process says to whoever started it (systemd), by the protocol of sd_notify(3): a line of text in a datagram to
// the unix socket that NOTIFY_SOCKET names. Not by libsystemd: it costs each function a megabyte and seven libraries.
#pragma once

#include <cstdint>
#include <string_view>

namespace stile {

class Supervisor {
public:
    Supervisor(); // reads the environment; where nobody listens, nobody is told
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    void tell(std::string_view state) const; // such as "READY=1"; never blocks

    // How often it wants "WATCHDOG=1", or it ends the process (sd_watchdog_enabled(3)); 0: it does not watch.
    std::int64_t watchdog_milliseconds() const { return m_watchdog; }

private:
    int m_socket = -1;
    std::int64_t m_watchdog = 0;
};

} // namespace stile
