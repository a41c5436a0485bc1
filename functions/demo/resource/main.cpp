#include "functions/demo/resource/resource.h"
#include "shared/base/process.h"
#include "shared/fastcgi/listen.h"
#include "shared/fastcgi/serve.h"

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
    stile::serve(*listening, threads, log, [] { return stile::demo::greet; });
    return 0;
}
