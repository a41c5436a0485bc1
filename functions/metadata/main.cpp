#include "functions/metadata/metadata.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function({.name = "metadata",
                                .purpose = "publishes the server's metadata and public keys",
                                .handle = stile::metadata::handle},
                               argc, argv);
}
