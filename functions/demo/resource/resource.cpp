// An API without code for OAuth: nginx (protect.conf) checks each token with Stile and passes on whose it is: a user's, or
// a client's own.
#include "functions/demo/resource/resource.h"

#include "shared/base/json.h"
#include "shared/oauth/bearer.h"

namespace stile::demo {

namespace {

Response json(int status, std::string body)
{
    Response response;
    response.status = status;
    response.add_header("Content-Type", "application/json");
    response.add_header("Cache-Control", "no-store"); // the answer is personal
    response.add_header("X-Content-Type-Options", "nosniff");
    response.body = std::move(body);
    return response;
}

} // namespace

Response greet(const Request& request)
{
    if (request.subject.empty() && request.client.empty()) { // the location in nginx lacks protect.conf
        auto response = json(401, R"({"message": "nginx did not check this request."})");
        response.add_header("WWW-Authenticate", bearer_challenge()); // RFC 6750 §3
        return response;
    }
    if (request.method != "GET") {
        auto response = json(405, R"({"message": "Only GET works here."})");
        response.add_header("Allow", "GET"); // RFC 9110 §15.5.6
        return response;
    }
    const auto caller = request.subject.empty() ? "client " + request.client : request.subject;
    const auto message = "Hello, " + caller + "! This is a protected route.";
    return json(200, json_object({{"message", std::string_view(message)}}));
}

} // namespace stile::demo
