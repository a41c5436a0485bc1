// request:{<grant id>}: authorization requests that wait for a login or an answer. The id of a parked request becomes
// the id of the grant, so one id finds everything in redis-cli from the first request to the last token.
#pragma once

#include "shared/base/clock.h"
#include "shared/oauth/authorization_request.h"
#include "shared/oauth/split_token.h"
#include "shared/store/connection.h"
#include "shared/store/grants.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

struct ParkedRequest {
    std::string id;
    AuthorizationRequest request;
    std::string secret_sha256; // of the cookie of the browser that began the request
    bool is_answered = false; // approved or denied
};

// The browser that answers a parked request, and the code to issue if the user approves.
struct Approval {
    std::string_view request_id;
    std::string_view browser_sha256;
    const ResourceOwner& owner;
    const SplitToken& code;
    std::string_view client_id; // of the request
};

enum class ApprovalOutcome { approved, repeated, answered, unknown };
enum class DenialOutcome { denied, answered, unknown };

class Requests {
public:
    explicit Requests(Connection& connection) : m_connection(connection) {}

    Result<void> park(const ParkedRequest& parked, Seconds now, Seconds lifetime);

    // The record of an id, without a check of the secret: the caller compares it (endpoint/parked_request).
    Result<std::optional<ParkedRequest>> find(std::string_view id);

    // One atomic step each; redis/steps describes the outcomes.
    Result<ApprovalOutcome> approve(const Approval& approval, Seconds now, const Lifetimes& lifetimes);
    Result<DenialOutcome> deny(std::string_view request_id, std::string_view browser_sha256);

private:
    Connection& m_connection;
};

} // namespace stile
