#include "shared/function.h"

#include "shared/base/process.h"
#include "shared/base/version.h"
#include "shared/config.h"
#include "shared/engine/helper_threads.h"
#include "shared/fastcgi/listen.h"
#include "shared/fastcgi/serve.h"
#include "shared/oauth/counter_labels.h"

#include <CLI/CLI.hpp>

#include <malloc.h>

#include <iostream>
#include <optional>

namespace stile {

namespace {

int refuse_to_start(const std::string& name, const std::string& why)
{
    std::cerr << "stile-" << name << ": " << why << '\n';
    return 1;
}

// Argon2id uses 19 MiB per hash. By default malloc would keep such a block in the arena of each thread that ever
// computed a hash, 80 MB in all. With a fixed threshold each block is returned to the system at once.
void set_up_memory()
{
    ::mallopt(M_MMAP_THRESHOLD, 1 << 20); // bytes
    // Small blocks are kept by the thread's cache. glibc's older lists of them would be joined with each block that is
    // freed beside the end of the heap.
    ::mallopt(M_MXFAST, 0);
}

int serve_with(const Function& function, const Config& config, const Secret& master_key, Metrics& metrics,
               int listening)
{
    set_up_memory();
    const HelperThreads helper_threads(config.helper_threads);
    const SystemClock clock;
    SystemRandom random;
    const Log log(function.name);
    Loop loop;
    Connection connection(config.redis, clock, &metrics, &loop);
    AuditTrail audit(log, clock, random, loop, connection, config.events);
    ClientCache client_cache(config.client_cache, clock);
    VerifiedSecrets verified_secrets(clock, random);
    // So at least half of the requests that may be under way are for those that need no hash.
    HashQueue hashes(loop, config.hashes_at_once, max_under_way / 2);
    SecretChecks secret_checks(loop, hashes);
    KeyRing key_ring(config.client_cache, clock, master_key, config.shared_secret);
    const auto templates = function.load_templates != nullptr ? function.load_templates(config.pages) : nullptr;
    const auto background = function.background != nullptr ? function.background() : nullptr;
    const Process process = {config.settings, clock,           random,           log,    metrics,
                             audit,           client_cache,    verified_secrets, hashes, secret_checks,
                             key_ring,        templates.get(), background.get()};
    Context context(process, connection);
    std::optional<Service::Background> background_thread;
    if (background)
        background_thread = {.run =
                                 [&] {
                                     Connection own_connection(config.redis, clock, &metrics);
                                     Context own_context(process, own_connection);
                                     background->run(own_context);
                                 },
                             .stop = [&] { background->stop(); },
                             .is_busy = [&] { return background->is_busy(); }};
    for (const auto& note : config.notes)
        log.warning("configuration", {{"detail", note}});
    log.info("started", {{"version", version()}, {"uncounted", metrics.problem()}});
    metrics.count_start();
    serve(loop, listening,
          {.log = log,
           .metrics = metrics,
           .handler = [&](const Request& request) { return function.handle(request, context); },
           .logs_requests = config.logs_requests,
           .idle_exit = config.idle_exit,
           .background = background_thread});
    return 0;
}

} // namespace

int run_function(const Function& function, int argc, char** argv)
{
    harden_process();
    const std::string name = function.name;
    CLI::App app("stile-" + name + ": " + function.purpose
                 + ".\nA FastCGI function of Stile, configured by environment variables STILE_*; see stile.env(5).");
    app.set_version_flag("--version", "stile-" + name + " " + std::string(version()));
    std::string where;
    app.add_option("--listen", where, "Path of a unix socket, or HOST:PORT (default: the socket passed at start)");
    std::string user;
    app.add_option("--user", user, "User to serve as when started as root");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) // --help, --version
            return app.exit(error);
        refuse_to_start(name, std::string(error.what()) + " (see stile-" + name + " --help)");
        return 2;
    }

    const auto config = read_config(process_environment);
    forget_secrets_of_environment();
    if (!config)
        return refuse_to_start(name, config.error());
    const auto master_key = function.signs == Signs::yes ? read_master_key(*config) : Secret();
    if (!master_key)
        return refuse_to_start(name, master_key.error());
    Metrics metrics(config->metrics, name, counter_labels);
    if (const auto changed = become_user(user); !changed)
        return refuse_to_start(name, changed.error());
    const auto listening = listening_socket(where);
    if (!listening)
        return refuse_to_start(name, listening.error());
    if (config->idle_exit > 0 && (!where.empty() || !was_passed_a_socket()))
        return refuse_to_start(name, "STILE_IDLE_EXIT needs a socket passed at start (systemd socket activation)");
    try {
        return serve_with(function, *config, *master_key, metrics, *listening);
    } catch (const std::exception& error) { // thrown only by errors that must prevent the start
        return refuse_to_start(name, error.what());
    }
}

} // namespace stile
