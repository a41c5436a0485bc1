#include "shared/engine/helper_threads.h"

#include <uv.h>

#include <cstdlib>
#include <string>

namespace stile {

HelperThreads::HelperThreads(int count)
{
    ::setenv("UV_THREADPOOL_SIZE", std::to_string(count).c_str(), 1); // libuv has no other way
}

HelperThreads::~HelperThreads()
{
    ::uv_library_shutdown();
}

} // namespace stile
