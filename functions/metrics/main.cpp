#include "functions/metrics/metrics.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function({.name = "metrics",
                                .purpose = "what the operator's machines ask: counters of all functions, and health",
                                .handle = stile::metrics::handle},
                               argc, argv);
}
