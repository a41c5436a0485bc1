#include "functions/introspect/introspect.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function(
        {.name = "introspect",
         .purpose = "the introspection endpoint: describes tokens to clients and resource servers",
         .handle = stile::introspect::handle},
        argc, argv);
}
