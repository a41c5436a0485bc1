// What a handler is given: the parts of an HTTP request that Stile reads, and no more.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace stile {

// The largest body that is read (bytes); nginx/stile.conf refuses the same size earlier.
constexpr std::size_t max_body_size = 64 * 1024;

struct Request {
    std::string method; // exactly as sent: "POST"
    std::string query; // raw, without '?'
    std::string content_type; // empty when absent
    std::string body; // raw
    bool body_is_too_large = false; // then `body` is empty
    std::string cookie; // the Cookie header, raw
    std::optional<std::string> authorization; // the Authorization header, raw
    std::string accept_language; // the Accept-Language header, raw
    std::string remote_address; // set by nginx, never taken from a header
    std::string required_scope; // what nginx says that a protected location asks for ($stile_scope)
    std::string audience; // what it says of the location's audience ($stile_audience)
    std::string path; // where nginx says so: for a function of several locations
    std::string subject; // who the token is of, where nginx has asked (protect.conf)
    std::string endpoints; // what nginx says that it serves of Stile (the metadata location)
    std::string request_id; // nginx's $request_id: 32 hex digits
};

} // namespace stile
