// The running set of `make run`: a private Redis, the functions and nginx in one folder on one port.
#pragma once

#include "functions/run/certificate.h"
#include "functions/run/demo.h"
#include "functions/run/processes.h"
#include "functions/run/redis_users.h"
#include "shared/base/result.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace stile::run {

struct Options {
    int port = 8000; // 0: any free one
    std::string dir = "build/run";
    std::string pages = "build/pages";
    std::string redis = "redis-server"; // or Valkey's: a program in PATH, or its path
    std::string root = "."; // of the source tree: nginx/, redis/, functions/run/
    std::vector<std::string> trusted{}; // addresses that nginx's limits do not count
    bool tls = false; // https, with a certificate that is made in `dir`
};

class Set {
public:
    // `options.dir` is made if need be. The error is one line for the person at the terminal.
    static Expected<Set, std::string> prepare(Options options);

    // Starts everything in order and waits until it answers. The error is one line; stop() is still to be called.
    Expected<void, std::string> start();

    // Restarts what dies, until a signal asks to end; or until something that has never worked dies as soon as it is
    // started, again and again: then one line says so. What has worked is started again for ever, with growing pauses: its
    // trouble, such as a full disk, may pass.
    Expected<void, std::string> watch();

    // Ends every process, nginx first and Redis last, and waits for each.
    void stop();

    std::string issuer() const;

    // The file with the authority of this set's certificate; empty without TLS.
    std::string authority() const;

private:
    explicit Set(Options options);

    Expected<void, std::string> lock();
    Expected<void, std::string> find_port();
    Expected<void, std::string> write_files();
    Expected<void, std::string> write_environment();
    Expected<void, std::string> start_redis();
    Expected<void, std::string> start_functions();
    Expected<void, std::string> start_nginx();
    Expected<void, std::string> start_function(Command command);
    Expected<void, std::string> prepare_keys();
    bool redis_answers() const;
    int admin(Words arguments, const std::string& log, const std::string& secret = "") const;
    Expected<void, std::string> load_library();
    Expected<void, std::string> ensure_signing_keys();
    Expected<void, std::string> register_demo();
    template <typename Condition>
    Expected<void, std::string> wait_for(const std::string& what, Condition condition);
    void launch(const std::string& name);
    void end(const std::string& name, pid_t pid);
    void bury(pid_t ended, int status);
    void revive(const std::string& name);
    bool is_hopeless(const std::string& name) const;
    std::string issuer_path() const;
    Tls tls() const;
    std::string in_dir(const std::string& name) const;
    std::string render(const std::string& file) const;

    Options m_options;
    Signals m_signals;
    RedisUsers m_redis_users;
    DemoClient m_demo;
    std::string m_programs; // the folder of this executable
    std::map<std::string, Command> m_commands;
    std::vector<std::pair<std::string, pid_t>> m_running; // in the order of their start
    std::map<std::string, std::int64_t> m_started_at; // monotonic milliseconds
    std::map<std::string, int> m_early_deaths; // in a row
    std::set<std::string> m_has_worked;
    bool m_asked_to_stop = false;
};

} // namespace stile::run
