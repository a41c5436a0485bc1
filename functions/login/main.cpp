#include "functions/login/login.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function("login", stile::login::handle, stile::load_templates, argc, argv);
}
