// Where a function's connections come from.
#pragma once

#include "shared/base/result.h"

#include <string>
#include <string_view>

namespace stile {

// nginx has no queue: a connection that does not fit into this one is a 502 (net.core.somaxconn is an upper limit).
constexpr int listen_backlog = 4096;

// By systemd or another supervisor that uses sd_listen_fds(3) and keeps the socket: the connections that wait in it
// survive this process.
bool was_passed_a_socket();

// The listening socket, in this order: `where` (a path, or HOST:PORT) when it is not empty; the descriptor passed by
// systemd socket activation (sd_listen_fds(3)); fd 0 when it is a socket (spawn-fcgi). The error is one sentence.
Expected<int, std::string> listening_socket(std::string_view where);

// A new listening unix socket at `path`, mode 660; a stale one left by a dead process is replaced.
Expected<int, std::string> listen_on_path(const std::string& path);

} // namespace stile
