// Sends logout tokens to clients for stile-logout. It is the one program that talks to other machines, and so it has
// nothing to lose: no settings, no key, no rights in Redis. It gets finished tokens on a socket, which stile-logout or
// systemd passes, and ends when that is closed.
#include "functions/deliver/posts.h"
#include "shared/base/process.h"
#include "shared/base/version.h"
#include "shared/fastcgi/listen.h"

#include <CLI/CLI.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>
#include <optional>

namespace stile::deliver {

namespace {

constexpr int passed_descriptor = 3; // sd_listen_fds(3)

enum class Received { message, nothing_yet, end };

// A longer message is cut off, and then malformed.
Received receive(int socket, std::string& message, int flags)
{
    message.resize(largest_delivery);
    const auto length = ::recv(socket, message.data(), message.size(), flags);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return Received::nothing_yet;
    if (length <= 0)
        return Received::end;
    message.resize(static_cast<std::size_t>(length));
    return Received::message;
}

// False at the end of the connection.
bool take_orders(int socket, Posts& posts)
{
    std::string message;
    while (true) {
        const auto received = receive(socket, message, MSG_DONTWAIT);
        if (received != Received::message)
            return received == Received::nothing_yet;
        const auto order = read_order(message);
        if (!order)
            return false; // the other side is of another version, and reports its deliveries as failed
        posts.begin(*order);
    }
}

bool send_results(int socket, const std::vector<DeliveryResult>& results)
{
    for (const auto& result : results) {
        const auto message = write_result(result);
        if (::send(socket, message.data(), message.size(), MSG_NOSIGNAL) < 0)
            return false;
    }
    return true;
}

int serve(int socket)
{
    std::string first;
    while (true) {
        const auto received = receive(socket, first, 0);
        if (received == Received::end)
            return 0;
        if (received == Received::message)
            break;
    }
    const auto networks = read_allowed_networks(first);
    const auto allowed = networks && networks->empty() ? std::optional(AddressRanges())
                         : networks                    ? parse_address_ranges(*networks)
                                                       : std::nullopt;
    if (!allowed) {
        std::cerr << "stile-deliver: the first message is not the list of allowed networks\n";
        return 1;
    }
    Posts posts(*allowed);
    while (take_orders(socket, posts))
        if (!send_results(socket, posts.wait(socket)))
            break;
    return 0;
}

} // namespace

} // namespace stile::deliver

int main(int argc, char** argv)
{
    stile::harden_process();
    CLI::App app("stile-deliver: sends logout tokens to clients.\nstile-logout starts it, or systemd does for "
                 "stile-logout. It has no "
                 "settings.");
    app.set_version_flag("--version", "stile-deliver " + std::string(stile::version()));
    CLI11_PARSE(app, argc, argv);
    const int socket = stile::was_passed_a_socket() ? stile::deliver::passed_descriptor : STDIN_FILENO;
    try {
        return stile::deliver::serve(socket);
    } catch (const std::exception& error) {
        std::cerr << "stile-deliver: " << error.what() << '\n';
        return 1;
    }
}
