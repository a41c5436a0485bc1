#include "functions/verify/verify.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function("verify", stile::verify::handle, stile::no_pages, argc, argv);
}
