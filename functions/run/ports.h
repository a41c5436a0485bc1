// Which TCP ports of this machine are free, and which are taken.
#pragma once

namespace stile::run {

// The port, or a free one for 0; -1 when something is bound to it on 127.0.0.1.
int port_free_on_ipv4(int port);
bool is_free_on_ipv6(int port); // on ::1

// A connection to it is accepted, on 127.0.0.1 or on ::1.
bool is_taken_on_ipv4(int port);
bool is_taken_on_ipv6(int port);

} // namespace stile::run
