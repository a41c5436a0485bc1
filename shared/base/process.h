// What a program of Stile does to itself before it holds anything secret.
#pragma once

#include "shared/base/result.h"

#include <string>

namespace stile {

// Called first, before there are threads:
// - files that it makes are its own (umask 077; a listening socket states its own mode, see fastcgi/listen.h);
// - no core dump holds its memory, and no other process of its user may look into it or attach to it. To debug one,
//   start it under the debugger, or attach as root;
// - nothing that it starts gains rights (setuid and file capabilities count for nothing).
void harden_process();

// Goes on as this user, with its groups. Started as root, a program must be told a name; "root" is one, for a container
// that has nobody else. Started as somebody else, it is that user already: then no name is needed, and no other allowed.
// The error is one sentence.
Expected<void, std::string> become_user(const std::string& name);

} // namespace stile
