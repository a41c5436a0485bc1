#include "functions/demo/resource/resource.h"
#include "shared/base/process.h"
#include "shared/fastcgi/listen.h"
#include "shared/fastcgi/serve.h"
#include "shared/oauth/counter_labels.h"

#include <iostream>

int main()
{
    stile::harden_process();
    constexpr int threads = 2;
    const auto listening = stile::listening_socket({});
    if (!listening) {
        std::cerr << "stile-demo-resource: " << listening.error() << '\n';
        return 1;
    }
    const stile::Log log("demo-resource");
    stile::Metrics metrics("", "demo-resource", stile::counter_labels); // not collected
    stile::serve(*listening, {.log = log,
                              .metrics = metrics,
                              .make_handler = [] { return stile::demo::greet; },
                              .threads = threads,
                              .logs_requests = false});
    return 0;
}
