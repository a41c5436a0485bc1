// The signals of stile-run, received one by one instead of by handlers.
#pragma once

namespace stile::run {

// Blocks SIGINT, SIGTERM, SIGHUP and SIGCHLD in this process and receives them here. One object a process.
class Signals {
public:
    Signals();

    // Waits up to `milliseconds` (-1: without limit) and returns the number of the signal that came, or 0.
    int next(int milliseconds) const;

    int descriptor() const { return m_descriptor; } // for poll(2): readable when a signal has come

private:
    int m_descriptor; // signalfd(2)
};

} // namespace stile::run
