#include "functions/logout/backchannel.h"
#include "functions/logout/logout.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function({.name = "logout",
                                .purpose = "ends logins, and tells the clients that asked to be told",
                                .handle = stile::logout::handle,
                                .load_templates = stile::load_templates,
                                .signs = stile::Signs::yes,
                                .background = stile::logout::make_backchannel},
                               argc, argv);
}
