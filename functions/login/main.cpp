#include "functions/login/login.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function({.name = "login",
                                .purpose = "the login page: checks passwords and starts sessions",
                                .handle = stile::login::handle,
                                .load_templates = stile::load_templates},
                               argc, argv);
}
