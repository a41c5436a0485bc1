#include "functions/consent/consent.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function({.name = "consent",
                                .purpose = "the consent page: asks the user and issues the code",
                                .handle = stile::consent::handle,
                                .load_templates = stile::load_templates},
                               argc, argv);
}
