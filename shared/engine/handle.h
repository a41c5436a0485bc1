// A handle of libuv, which its owner lets go of by destroying it. Nothing is called for it afterwards; libuv frees it when it
// can.
#pragma once

#include <memory>

#include <uv.h>

namespace stile {

template <typename T>
struct CloseHandle {
    void operator()(T* handle) const
    {
        ::uv_close(reinterpret_cast<uv_handle_t*>(handle),
                   [](uv_handle_t* closed) { delete reinterpret_cast<T*>(closed); });
    }
};

// Initialized by uv_…_init() as soon as it exists.
template <typename T>
using Handle = std::unique_ptr<T, CloseHandle<T>>;

} // namespace stile
