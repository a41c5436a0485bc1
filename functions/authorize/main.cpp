#include "functions/authorize/authorize.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function(
        {.name = "authorize",
         .purpose = "the authorization endpoint: sends the browser to the login page, the consent page or the client",
         .handle = stile::authorize::handle,
         .load_templates = stile::load_templates},
        argc, argv);
}
