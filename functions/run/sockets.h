// Looking at ports of this machine: free, taken, answering.
#pragma once

namespace stile::run {

// The port itself, or any free one for 0; -1 when it is taken on 127.0.0.1.
int port_free_on_ipv4(int port);
bool is_free_on_ipv6(int port);

bool somebody_listens_on(int port); // on 127.0.0.1
bool somebody_listens_on_ipv6(int port);

} // namespace stile::run
