// What stile-logout and stile-deliver say to each other, on a socket that keeps messages apart (SOCK_SEQPACKET): what is
// allowed, once; then one order for each delivery, and one result for each order.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace stile {

inline constexpr std::size_t largest_delivery = 64 * 1024; // bytes of a message
inline constexpr std::chrono::milliseconds delivery_patience{5'000}; // from connecting to the answer

struct DeliveryOrder {
    std::size_t id;
    std::string uri; // without white space
    std::string form; // the body of the POST
};

struct DeliveryResult {
    std::size_t id;
    long status; // HTTP status; 0: there was no response
    bool timed_out = false;
};

std::string write_allowed_networks(std::string_view networks); // as parse_address_ranges() reads them; may be empty
std::string write_order(const DeliveryOrder& order);
std::string write_result(const DeliveryResult& result);

// Nothing if the message is of another kind, or malformed.
std::optional<std::string> read_allowed_networks(std::string_view message);
std::optional<DeliveryOrder> read_order(std::string_view message);
std::optional<DeliveryResult> read_result(std::string_view message);

} // namespace stile
