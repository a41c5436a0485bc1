// The instance of `make run`: a private Redis, the functions, the demo and nginx, in one folder, on one port.
#pragma once

#include "functions/run/demo.h"
#include "functions/run/redis_users.h"
#include "functions/run/run_folder.h"
#include "functions/run/supervisor.h"
#include "shared/base/result.h"

#include <string>
#include <vector>

namespace stile::run {

struct Options {
    int port = 8000; // 0: a free one
    std::string dir = "build/run";
    std::string pages = "build/pages";
    std::string redis = "redis-server"; // or valkey-server: a program in PATH, or its path
    std::string root = "."; // the source tree: nginx/, redis/, functions/
    std::vector<std::string> trusted{}; // addresses and networks without nginx's rate limits
    bool tls = false; // https, with a certificate that is made in `dir`
};

class Instance {
public:
    // Prepares the folder and writes all files. The error is one line for the terminal.
    static Expected<Instance, std::string> prepare(Options options);

    // Starts every process and waits until all answer. The error is one line; call stop() then, too.
    Expected<void, std::string> start();

    // Keeps the processes running until a signal asks this program to end. The error is one line (Supervisor::watch).
    Expected<void, std::string> watch() { return m_supervisor.watch(); }

    // Ends every process, nginx first and Redis last, and waits for each.
    void stop() { m_supervisor.stop(); }

    const std::string& issuer() const { return m_issuer; }

    // The file of the certificate authority; empty without TLS.
    std::string authority() const;

private:
    explicit Instance(Options options);

    Expected<void, std::string> choose_port();
    Expected<void, std::string> write_files();
    Expected<void, std::string> start_functions();
    std::string redis_address() const; // for the admin command

    Options m_options;
    Supervisor m_supervisor;
    RunFolder m_folder;
    std::string m_programs; // the folder of this executable
    std::vector<std::string> m_functions;
    RedisUsers m_redis_users;
    std::string m_issuer;
    DemoClient m_demo{};
};

} // namespace stile::run
