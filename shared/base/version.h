// Which Stile this is.
#pragma once

#include <string_view>

namespace stile {

// "1.2", or "1.2-5-g0123abc" five commits later: what functions/package/version said when it was built.
std::string_view version();

} // namespace stile
