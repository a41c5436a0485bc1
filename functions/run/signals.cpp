#include "functions/run/signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace stile::run {

Signals::Signals()
{
    sigset_t handled;
    ::sigemptyset(&handled);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD})
        ::sigaddset(&handled, signal);
    ::sigprocmask(SIG_BLOCK, &handled, nullptr);
    m_descriptor = ::signalfd(-1, &handled, SFD_CLOEXEC);
}

int Signals::next(int milliseconds) const
{
    pollfd descriptor = {m_descriptor, POLLIN, 0};
    if (::poll(&descriptor, 1, milliseconds) <= 0)
        return 0;
    signalfd_siginfo information{};
    if (::read(m_descriptor, &information, sizeof information) != sizeof information)
        return 0;
    return static_cast<int>(information.ssi_signo);
}

} // namespace stile::run
