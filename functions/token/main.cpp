#include "functions/token/token.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function("token", stile::token::handle, stile::no_pages, argc, argv, stile::Signs::yes);
}
