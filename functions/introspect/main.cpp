#include "functions/introspect/introspect.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function(
        {.name = "introspect",
         .purpose = "the introspection endpoint: tells clients and resource servers what a token stands for",
         .handle = stile::introspect::handle},
        argc, argv);
}
