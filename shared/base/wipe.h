// Nothing of a request stays in a function's memory once it is answered.
//
// A password passes through many hands: libfcgi's buffers, the body, the form, the parameter, the Secret. Rather than
// trust that each of them cleans up, wipe.cpp does it for all: whatever is freed is overwritten first (it replaces
// free(3), which `delete` and the C libraries use), and after each answer serve() overwrites the stack that its handler
// left behind.
//
// Not promised: what a process must keep (the master key, the shared secret, the password of Redis), buffers that
// realloc(3) moved (hiredis's commands, which carry digests), the kernel's sockets, nginx's memory, and swapped pages:
// encrypt the swap.
#pragma once

namespace stile {

// Overwrites what the functions that were called here have left below the caller's frame.
void wipe_dead_stack();

} // namespace stile
