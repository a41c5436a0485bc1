// What all requests to the demo client share.
#pragma once

#include "functions/demo/client/sessions.h"
#include "functions/demo/client/settings.h"
#include "shared/base/log.h"
#include "shared/crypto/random.h"
#include "shared/pages/engine.h"

namespace stile::demo {

// One object a process.
struct Demo {
    const Settings& settings;
    Random& random;
    const Log& log;
    const Templates& templates;
    Sessions& sessions;
    Loop& loop;
};

} // namespace stile::demo
