#include "shared/base/wipe.h"

#include <malloc.h>

#include <array>
#include <cstring>

// The sanitizers have their own free().
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define STILE_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STILE_SANITIZED
#endif

#ifndef STILE_SANITIZED

extern "C" void __libc_free(void* block); // glibc's own, NOLINT(bugprone-reserved-identifier)

extern "C" void free(void* block)
{
    if (block != nullptr)
        ::explicit_bzero(block, ::malloc_usable_size(block));
    __libc_free(block);
}

#endif

namespace stile {

[[gnu::noinline]] void wipe_dead_stack()
{
    // Deeper than any handler's stack. The compiler must not zero it as well: once is enough.
    __attribute__((uninitialized)) std::array<char, 64 * 1024> below;
    ::explicit_bzero(below.data(), below.size());
}

} // namespace stile
