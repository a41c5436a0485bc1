// A client as `stile client show` and `stile export` print it.
#pragma once

#include "functions/stile/output.h"

#include "shared/oauth/client.h"

namespace stile::admin {

// Its id and settings, without the hash of its secret and without the pairwise salt.
Entry entry_of(const Client& client);

} // namespace stile::admin
