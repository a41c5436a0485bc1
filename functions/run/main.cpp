// The program behind `make run`: runs an instance in the foreground until Ctrl-C or SIGTERM.
#include "functions/run/certificate.h"
#include "functions/run/instance.h"
#include "shared/base/process.h"

#include <CLI/CLI.hpp>

#include <iostream>

int main(int argc, char** argv)
{
    stile::harden_process();
    CLI::App app("Runs Redis, the functions of Stile and nginx on http://localhost:PORT, with a demo client and user.");
    stile::run::Options options;
    app.add_option("--port", options.port, "Port on loopback; 0 chooses a free port")->check(CLI::Range(0, 65535));
    app.add_option("--dir", options.dir, "Folder of sockets, logs, Redis data and stile.env");
    app.add_option("--pages", options.pages, "Folder of the page templates");
    app.add_option("--redis", options.redis, "Server of Redis or Valkey: a program in PATH, or its path");
    app.add_option("--root", options.root, "Source tree");
    app.add_option("--trust", options.trusted, "Address or network without nginx's rate limits (repeatable)");
    app.add_flag("--tls", options.tls, "Serve https, with a certificate made in --dir");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) // --help
            return app.exit(error);
        std::cerr << "stile: " << error.what() << " (see make help)\n";
        return 2;
    }

    auto instance = stile::run::Instance::prepare(options);
    if (!instance) {
        std::cerr << "stile: " << instance.error() << '\n';
        return 1;
    }
    auto ended = instance->start();
    if (ended) {
        std::cout << "Stile is ready on " << instance->issuer() << " (Ctrl-C stops it)\n"
                  << stile::run::how_to_trust(instance->authority()) << std::flush;
        ended = instance->watch();
    }
    if (!ended)
        std::cerr << "stile: " << ended.error() << '\n';
    instance->stop();
    return ended ? 0 : 1;
}
