#include "functions/revoke/revoke.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function("revoke", stile::revoke::handle, stile::no_pages, argc, argv);
}
