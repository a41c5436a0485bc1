// What the clients of the generator do, one request after the other. A flow carries what the last answer gave it
// into the next request: the refresh token, the code, the form token.
#pragma once

#include "tests/bench/load/http.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stile::load {

// Who the clients are, and where. All requests go to one server.
struct Identity {
    std::string client_id = "test_client";
    std::string client_secret = "password";
    std::string redirect_uri = "https://www.example.com/redirect";
    std::string scope = "email";
    std::string username = "admin";
    std::string password = "admin";
    std::string resource = "/demo/api/protected"; // a location that nginx/protect.conf guards
};

struct Step {
    std::string bytes; // the request
    std::string_view operation; // under which it is counted; empty: a step on the way that is not
};

class Flow {
public:
    virtual ~Flow() = default;
    virtual Step next() = 0;
    // False when the answer is not what the flow expects; it then begins anew with the next request.
    virtual bool take(const Answer& answer) = 0;
};

struct FlowKind {
    std::string_view name;
    std::string_view meaning;
    std::function<std::unique_ptr<Flow>(const Identity&)> make;
};

const std::vector<FlowKind>& flow_kinds();

} // namespace stile::load
