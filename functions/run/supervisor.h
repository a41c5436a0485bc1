// The processes of `make run`: starts them, restarts what dies, and ends them. Not thread-safe.
#pragma once

#include "functions/run/process.h"
#include "functions/run/readiness.h"
#include "functions/run/signals.h"
#include "shared/base/result.h"

#include <functional>
#include <string>
#include <vector>

namespace stile::run {

class Supervisor {
public:
    // Starts a process and keeps it running until stop().
    void start(Command command);

    // Waits until `is_ready`, which gets its process id, is true of the process started last; at most 30 seconds. The error
    // is one line: it has ended, it is not ready in time, or a signal asked this program to end.
    Expected<void, std::string> wait_until(const std::function<bool(pid_t)>& is_ready);

    // Restarts what dies, after a short pause, until a signal asks this program to end. The error is one line: a process
    // died five times in a row before it was ready. A process that was ready once (wait_until(), or READY=1 as in
    // sd_notify(3)) is restarted without limit: its problem, such as a full disk, may pass.
    Expected<void, std::string> watch();

    // Ends the processes, the one started last first, and waits for each.
    void stop();

private:
    struct Child {
        Command command;
        pid_t pid = 0; // 0: does not run
        int deaths = 0; // before it was ready; one too many if its message was lost
        bool was_ready = false; // this process, or one before it
    };

    Child* child_of(pid_t pid); // null: none
    Expected<void, std::string> restart(Child& child);
    void end(Child& child);
    void note_ready(); // reads all messages that wait
    void wait(int milliseconds); // until a signal or a message has come; -1: without limit

    Signals m_signals;
    Readiness m_readiness;
    std::vector<Child> m_children; // in the order of their start
    bool m_asked_to_end = false;
};

} // namespace stile::run
