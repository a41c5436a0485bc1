// What both floors have in common: the least that each operation can be done with. It parses one form, makes the same one
// FCALL as Stile's function, and writes an answer of the same shape. It checks nothing: no client, no sizes, no
// characters, no errors. Never a server for anybody; `make bench` measures Stile against it.
//
// Thread-safe: nothing here has a state.
#pragma once

#include <string>
#include <string_view>

struct redisReply;

namespace stile::bench {

// What the operations read of a request.
struct Request {
    std::string_view body;
    std::string_view query;
    std::string_view authorization; // the header's value
};

// How a request is answered: one round trip at most, so that everything is known before it but the outcome.
struct Plan {
    std::string command; // one FCALL as Redis reads it from a socket; empty: accepted without Redis
    std::string accepted; // the answers, as CGI has them (RFC 3875 §6.2)
    std::string_view refused;

    std::string_view answer(bool is_accepted) const { return is_accepted ? accepted : refused; }
};

using Operation = Plan (*)(const Request&);

// token, introspect, revoke, authorize or verify; any other name is a page that needs no Redis.
Operation operation(std::string_view name);

// AUTH, as the operator, with the password in REDISCLI_AUTH: like Plan::command.
std::string log_in();

// Whether the command of a plan was accepted. No reply was not.
bool is_accepted(const redisReply* reply);

} // namespace stile::bench
