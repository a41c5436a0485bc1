#include "functions/token/token.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function(
        {.name = "token",
         .purpose = "the token endpoint: exchanges codes, refresh tokens and credentials for tokens",
         .handle = stile::token::handle,
         .signs = stile::Signs::yes},
        argc, argv);
}
