#include "functions/metrics/metrics.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function(
        {.name = "metrics",
         .purpose = "serves metrics of all functions and health checks to the operator's machines",
         .handle = stile::metrics::handle},
        argc, argv);
}
