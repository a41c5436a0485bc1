#include "functions/authorize/authorize.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function(
        {.name = "authorize",
         .purpose =
             "takes authorization requests, and sends the browser on to log in, to approve, or back to the client",
         .handle = stile::authorize::handle,
         .load_templates = stile::load_templates},
        argc, argv);
}
