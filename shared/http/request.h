// The input of a handler: the parts of an HTTP request that Stile reads.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace stile {

// The largest body that is read (bytes); nginx/stile.conf refuses the same size earlier.
constexpr std::size_t max_body_size = 64 * 1024;

// shared/fastcgi/request.h says who sets which member: the client, nginx's configuration, or nginx with a proof.
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
    std::string required_scope; // the scope that nginx requires for a protected location ($stile_scope)
    std::string audience; // the audience that nginx sets for the location ($stile_audience)
    std::string path; // the path, if nginx passes it: for a function with several locations
    std::string
        subject; // the user whose token nginx has verified (protect.conf); empty for a client's own; only for the demo
    std::string client; // the client of that token; only for the demo
    std::string endpoints; // the endpoints of Stile that nginx serves (the metadata location)
    std::string request_id; // nginx's $request_id: 32 hex digits
    std::string login_program_secret; // shows that nginx passes on what a login program says (accept-login.conf)
    bool claims_identity = false; // a header of the client has one of Stile's names, X-Stile-…
};

} // namespace stile
