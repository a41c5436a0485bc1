#include "functions/introspect/introspect.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function("introspect", stile::introspect::handle, stile::no_pages, argc, argv);
}
