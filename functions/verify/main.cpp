#include "functions/verify/verify.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function({.name = "verify",
                                .purpose = "answers nginx's auth_request: is the bearer token valid",
                                .handle = stile::verify::handle},
                               argc, argv);
}
