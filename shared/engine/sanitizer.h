// Tells the sanitizers of a switch between stacks; does nothing in other builds.
#pragma once

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#define STILE_ADDRESS_SANITIZER
#endif
#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define STILE_THREAD_SANITIZER
#endif
#endif

namespace stile {

// The stack of a fiber, or of the thread that runs the loop, as the sanitizers know it.
class SanitizedStack {
public:
    // A fiber's stack, or (nothing given) that of this thread.
    explicit SanitizedStack([[maybe_unused]] const void* bottom = nullptr, [[maybe_unused]] std::size_t size = 0)
    {
#ifdef STILE_ADDRESS_SANITIZER
        m_bottom = bottom;
        m_size = size;
#endif
#ifdef STILE_THREAD_SANITIZER
        m_fiber = bottom != nullptr ? __tsan_create_fiber(0) : __tsan_get_current_fiber();
        m_is_created = bottom != nullptr;
#endif
    }
    ~SanitizedStack()
    {
#ifdef STILE_THREAD_SANITIZER
        if (m_is_created)
            __tsan_destroy_fiber(m_fiber);
#endif
    }
    SanitizedStack(const SanitizedStack&) = delete;
    SanitizedStack& operator=(const SanitizedStack&) = delete;

    // Just before the switch from this stack to `to`. Also for good: what the address sanitizer keeps of this stack's
    // variables elsewhere is then not freed, since the last functions on it have not returned.
    void leave([[maybe_unused]] const SanitizedStack& to)
    {
#ifdef STILE_ADDRESS_SANITIZER
        __sanitizer_start_switch_fiber(&m_fake_stack, to.m_bottom, to.m_size);
#endif
#ifdef STILE_THREAD_SANITIZER
        __tsan_switch_to_fiber(to.m_fiber, 0);
#endif
    }
    // Just after the switch from `from` to this stack.
    void enter([[maybe_unused]] SanitizedStack& from)
    {
#ifdef STILE_ADDRESS_SANITIZER
        __sanitizer_finish_switch_fiber(m_fake_stack, &from.m_bottom, &from.m_size);
#endif
    }

private:
#ifdef STILE_ADDRESS_SANITIZER
    const void* m_bottom;
    std::size_t m_size;
    void* m_fake_stack = nullptr;
#endif
#ifdef STILE_THREAD_SANITIZER
    void* m_fiber;
    bool m_is_created;
#endif
};

} // namespace stile
