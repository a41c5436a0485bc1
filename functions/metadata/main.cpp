#include "functions/metadata/metadata.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function("metadata", stile::metadata::handle, stile::no_pages, argc, argv);
}
