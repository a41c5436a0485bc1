// What the clients of the generator do, one request after the other. A flow carries what the last answer gave it
// into the next request: the refresh token, the code, the form token.
#pragma once

#include "tests/bench/load/http.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile::load {

// Where the server has its endpoints. Stile's, unless a peer is measured.
struct Endpoints {
    std::string authorization = "/oauth/authorize"; // may have a query of its own
    std::string token = "/oauth/token";
    std::string introspection = "/oauth/introspect";
    std::string revocation = "/oauth/revoke";
    std::string metadata = "/.well-known/oauth-authorization-server";
    std::string login_page; // empty: where the authorization endpoint leads
};

// The clients and their server. All requests go to one server.
struct Identity {
    Endpoints endpoints;
    std::string client_id = "test_client";
    std::string client_secret = "password";
    std::string redirect_uri = "https://www.example.com/redirect";
    std::string scope = "email";
    std::string username = "admin";
    std::string password = "admin";
    std::string session_cookie; // name=value of a session that is logged in already and has consented
    std::string resource = "/demo/api/protected"; // a location that nginx/protect.conf guards
};

// Codes and tokens that earlier runs made and this one uses up. Shared by all clients of a run.
class Stock {
public:
    Stock() = default;
    explicit Stock(std::vector<std::string> items) : m_items(std::move(items)) {}
    bool is_empty() const { return m_items.empty(); }
    std::string take();

private:
    std::vector<std::string> m_items;
};

struct Step {
    std::string bytes; // the request
    std::string_view operation; // what it does: "refresh", "login"
};

class Flow {
public:
    virtual ~Flow() = default;
    // Nothing if no work is left: the stock is used up.
    virtual std::optional<Step> next() = 0;
    // False if the response is unexpected; the flow then starts again with the next request.
    virtual bool take(const Answer& answer) = 0;
    // The part of the last response that another run can use; empty if there is none.
    virtual std::string product() { return {}; }
};

struct FlowKind {
    std::string_view name;
    std::string_view meaning;
    std::string_view operation; // the one that is measured; the others are steps on the way to it
    std::function<std::unique_ptr<Flow>(const Identity&, Stock&)> make;
};

const std::vector<FlowKind>& flow_kinds();

} // namespace stile::load
