#include "functions/consent/consent.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function("consent", stile::consent::handle, stile::load_templates, argc, argv);
}
