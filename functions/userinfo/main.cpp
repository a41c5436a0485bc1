#include "functions/userinfo/userinfo.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function({.name = "userinfo",
                                .purpose = "the userinfo endpoint: returns claims about the user",
                                .handle = stile::userinfo::handle,
                                .signs = stile::Signs::yes},
                               argc, argv);
}
