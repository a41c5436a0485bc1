#include "functions/authorize/authorize.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function("authorize", stile::authorize::handle, stile::load_templates, argc, argv);
}
