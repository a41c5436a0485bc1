// Protects a process of Stile before it holds any secret.
#pragma once

#include "shared/base/result.h"

#include <string>

namespace stile {

// Call it first, before other threads exist:
// - only their owner can access new files (umask 077; a listening socket has its own mode, see fastcgi/listen.h);
// - no core dump contains its memory, and no other process of its user can read its memory or attach to it. To debug
//   one, start it under the debugger, or attach as root;
// - programs that it starts gain no rights (setuid and file capabilities have no effect).
void harden_process();

// Changes to this user, with the user's groups. A program that root starts must be given a name; "root" is allowed, for
// containers with no other user. A program that another user starts needs no name, and only its own is allowed. The
// error is one sentence.
Expected<void, std::string> become_user(const std::string& name);

} // namespace stile
