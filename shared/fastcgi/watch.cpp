#include "shared/fastcgi/watch.h"

#include <algorithm>

namespace stile {

StopSignals::StopSignals()
{
    ::sigemptyset(&m_signals);
    ::sigaddset(&m_signals, SIGTERM);
    ::sigaddset(&m_signals, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &m_signals, nullptr);
}

bool StopSignals::wait(std::int64_t milliseconds) const
{
    const timespec timeout = {milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    return ::sigtimedwait(&m_signals, nullptr, &timeout) > 0;
}

void watch_until_stop(Activity& activity, const StopSignals& signals, const ServiceNotifier& notifier,
                      const WatchRules& rules)
{
    constexpr std::int64_t longest_wait = 3'600'000; // milliseconds
    const bool is_watched = notifier.watchdog_milliseconds() > 0;
    const auto next_message = is_watched ? notifier.watchdog_milliseconds() / 2 : longest_wait;
    auto until_idle = longest_wait;
    do {
        if (is_watched && activity.makes_progress())
            notifier.send("WATCHDOG=1");
        if (rules.is_busy && rules.is_busy())
            activity.keep_awake();
        if (rules.idle_exit > 0)
            until_idle = rules.idle_exit * 1000 - activity.idle_for();
    } while (until_idle > 0 && !signals.wait(std::min(next_message, until_idle)));
}

} // namespace stile
