// The main thread of a function while the other threads serve: it waits for a stop signal, sends systemd its watchdog
// messages, and ends the process after a time without requests.
#pragma once

#include "shared/base/clock.h"
#include "shared/fastcgi/activity.h"
#include "shared/fastcgi/notify.h"

#include <csignal>
#include <cstdint>
#include <functional>

namespace stile {

// SIGTERM and SIGINT, blocked in the thread that constructs this and in all threads that it starts afterwards.
class StopSignals {
public:
    StopSignals();

    // Waits for one of them, at most `milliseconds`. False if none came.
    bool wait(std::int64_t milliseconds) const;

private:
    sigset_t m_signals;
};

struct WatchRules {
    Seconds idle_exit; // end after so long without a request; 0: never
    std::function<bool()> is_busy; // a background task has work to do: not idle; may be empty
};

// Returns when the process should end: after a stop signal, or when it has been idle for `idle_exit`. Until then it
// sends WATCHDOG=1 at half the interval that systemd asks for, as long as the serving threads make progress.
void watch_until_stop(Activity& activity, const StopSignals& signals, const ServiceNotifier& notifier,
                      const WatchRules& rules);

} // namespace stile
