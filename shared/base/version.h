// The version of this build.
#pragma once

#include <string_view>

namespace stile {

// "1.2", or "1.2-5-g0123abc" five commits later: the output of functions/package/version at build time.
std::string_view version();

} // namespace stile
