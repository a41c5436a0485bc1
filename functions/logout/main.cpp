#include "functions/logout/backchannel.h"
#include "functions/logout/logout.h"
#include "shared/function.h"

int main(int argc, char** argv)
{
    return stile::run_function({.name = "logout",
                                .purpose = "the logout endpoint: ends sessions and notifies clients",
                                .handle = stile::logout::handle,
                                .load_templates = stile::load_templates,
                                .signs = stile::Signs::yes,
                                .background = stile::logout::make_backchannel},
                               argc, argv);
}
