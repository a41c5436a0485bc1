#include "functions/demo/client/client.h"
#include "functions/demo/client/fetch.h"
#include "shared/base/process.h"
#include "shared/engine/helper_threads.h"
#include "shared/fastcgi/listen.h"
#include "shared/fastcgi/serve.h"
#include "shared/oauth/counter_labels.h"

#include <iostream>

namespace {

int refuse_to_start(const std::string& why)
{
    std::cerr << "stile-demo-client: " << why << '\n';
    return 1;
}

} // namespace

int main()
{
    using namespace stile;
    harden_process();
    const auto settings = demo::read_settings(process_environment);
    const auto listening = listening_socket({});
    if (!settings || !listening)
        return refuse_to_start(settings ? listening.error() : settings.error());
    try {
        const HelperThreads helper_threads;
        const SystemClock clock;
        SystemRandom random;
        const Log log("demo-client");
        const Templates templates(settings->pages);
        demo::Sessions sessions(clock, random);
        Loop loop;
        demo::Demo all = {*settings, random, log, templates, sessions, loop};
        demo::prepare_fetch();
        Metrics metrics("", "demo-client", counter_labels); // not collected
        serve(loop, *listening,
              {.log = log,
               .metrics = metrics,
               .handler = [&](const Request& request) { return demo::handle(request, all); },
               .logs_requests = false});
    } catch (const std::exception& error) { // thrown only by errors that prevent the start
        return refuse_to_start(error.what());
    }
    return 0;
}
