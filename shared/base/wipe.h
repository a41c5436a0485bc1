// Erases everything about a request from a function's memory after the response.
//
// A password is copied several times: libfcgi's buffers, the body, the form, the parameter, the Secret. wipe.cpp does
// not rely on each of them to clean up: it overwrites every block before it is freed (it replaces free(3), which
// `delete` and the C libraries use), and after each response serve() overwrites the stack that its handler used.
//
// Not covered: what a process must keep (the master key, the shared secret, the password of Redis), buffers that
// realloc(3) moved (hiredis's commands, which contain digests), the kernel's sockets, nginx's memory, and swapped
// pages: encrypt the swap.
#pragma once

namespace stile {

// Overwrites the stack below the caller's frame, which earlier calls have used.
void wipe_dead_stack();

} // namespace stile
