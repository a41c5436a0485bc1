#include "functions/userinfo/userinfo.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function({.name = "userinfo",
                                .purpose = "tells a client what the user allowed it to know about them",
                                .handle = stile::userinfo::handle,
                                .signs = stile::Signs::yes},
                               argc, argv);
}
