#include "functions/revoke/revoke.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function(
        {.name = "revoke", .purpose = "the revocation endpoint: revokes tokens", .handle = stile::revoke::handle}, argc,
        argv);
}
