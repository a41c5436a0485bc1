// The real thing for tests: Redis, the functions and nginx as `make run` starts them, in a folder and on a port of
// their own, for as long as the object lives.
#pragma once

#include "shared/store/address.h"
#include "tests/support/program.h"

#include <functional>
#include <map>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace stile::test {

class Stack {
public:
    using Setting = std::pair<std::string, std::string>; // a STILE_* variable
    // Whether nginx limits the requests of one address. All tests come from one, and send more than any person.
    enum class Limits { none, as_shipped };

    // Returns when everything answers; throws when it does not start. Only from the main thread: the processes are
    // told to end when the thread that started them does.
    explicit Stack(const std::vector<Setting>& settings = {}, Limits limits = Limits::none);
    ~Stack(); // searches for secrets what the instance has written (secrets.h)
    Stack(const Stack&) = delete;
    Stack& operator=(const Stack&) = delete;

    const std::string& base_url() const { return m_base_url; } // where nginx listens, by address
    const std::string& issuer() const { return m_issuer; }
    const std::string& dir() const { return m_dir; }
    RedisAddress redis() const; // as its operator, who may look at everything

    // Ours without STILE_*, and what stile.env says.
    std::vector<std::string> environment() const;

    // build/bin/stile with that environment; `input` is its standard input.
    Ran admin(const std::vector<std::string>& arguments, const std::string& input = "") const;

    pid_t pid() const { return m_pid; } // of stile-run
    // The process that bears a name now ("stile-token", "nginx"), or 0.
    pid_t process(const std::string& name) const;
    pid_t redis_process() const;
    // The functions, by name.
    std::map<std::string, pid_t> functions() const;
    // Ends Redis with SIGKILL and returns when it is gone.
    void kill_redis() const;

    // Asks stile-run to end and waits for it; gives what is left of its processes, one line each, and its exit status.
    struct Stopped {
        int status = -1;
        std::vector<std::string> left;
    };
    Stopped stop(int signal);
    // Ends it and starts it anew in the same folder, on another port.
    void restart();

private:
    void start();
    bool try_to_start();
    std::vector<pid_t> descendants() const;

    std::vector<Setting> m_settings;
    Limits m_limits;
    std::string m_dir;
    std::string m_base_url;
    std::string m_issuer;
    std::string m_programs; // folder of the executables
    std::string m_pages;
    pid_t m_pid = -1;
    int m_ready_line = -1; // the reading end of stile-run's standard output
};

// The Stack that tests share when they need no settings of their own and kill nothing; up to the program's end.
Stack& shared_stack();

// kill(2), but 0 (no process found) is nobody rather than all of our own group.
void send_signal(pid_t pid, int signal);

// Is there such a process, and is it alive (no zombie)?
bool is_alive(pid_t pid);

} // namespace stile::test
