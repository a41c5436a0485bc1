// What the processes of `make run` report by the protocol of sd_notify(3): that they are ready.
#pragma once

#include <string>
#include <sys/types.h>

namespace stile::run {

// A datagram socket for NOTIFY_SOCKET, under an abstract name that the kernel chooses: nothing is left behind. Not
// thread-safe.
class Readiness {
public:
    Readiness();
    Readiness(Readiness&& other) noexcept;
    Readiness& operator=(Readiness&&) = delete;
    ~Readiness();

    int descriptor() const { return m_descriptor; } // for poll(2): readable when next() has something

    // The value for NOTIFY_SOCKET: "@NAME". Empty if there is no socket.
    const std::string& address() const { return m_address; }

    // The process that has sent READY=1, by the kernel's word; 0: no message waits. Other messages are skipped. Does not
    // block.
    pid_t next() const;

private:
    int m_descriptor;
    std::string m_address;
};

} // namespace stile::run
