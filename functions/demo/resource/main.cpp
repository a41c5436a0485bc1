#include "functions/demo/resource/resource.h"
#include "shared/base/process.h"
#include "shared/fastcgi/listen.h"
#include "shared/fastcgi/serve.h"
#include "shared/oauth/counter_labels.h"

#include <iostream>

int main()
{
    stile::harden_process();
    const auto listening = stile::listening_socket({});
    if (!listening) {
        std::cerr << "stile-demo-resource: " << listening.error() << '\n';
        return 1;
    }
    const stile::Log log("demo-resource");
    stile::Metrics metrics("", "demo-resource", stile::counter_labels); // not collected
    stile::Loop loop;
    stile::serve(loop, *listening,
                 {.log = log, .metrics = metrics, .handler = stile::demo::greet, .logs_requests = false});
    return 0;
}
