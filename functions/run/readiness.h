// What the processes of `make run` report by the protocol of sd_notify(3): that they are ready.
#pragma once

#include <string>
#include <sys/types.h>

namespace stile::run {

// A datagram socket for NOTIFY_SOCKET. Its name is abstract and chosen by the kernel, so no file is left behind. Not
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

    // The next process that has sent READY=1, as the kernel reports it; 0: none. Other messages are skipped. Does not block.
    // The socket holds some ten messages (net.unix.max_dgram_qlen); a function does not wait to send more, so they are lost.
    pid_t next() const;

private:
    int m_descriptor;
    std::string m_address;
};

} // namespace stile::run
