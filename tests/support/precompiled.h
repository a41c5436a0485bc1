// The same for the test programs (shared/precompiled.h).
#include "shared/precompiled.h"
#include "tests/support/catch.h"
