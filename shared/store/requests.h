// request:{<grant id>}: authorization requests that wait for a login or an answer. The id of a parked request becomes
// the id of the grant, so that one id leads through redis-cli from the first request to the last token.
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
    std::string secret_sha256; // of the cookie of the browser that began it
    bool is_answered = false; // approved or denied
};

// Who answers a parked request, and with what code if they approve.
struct Approval {
    std::string_view request_id;
    std::string_view browser_sha256;
    const ResourceOwner& owner;
    const SplitToken& code;
};

enum class ApprovalOutcome { approved, repeated, answered, unknown };
enum class DenialOutcome { denied, answered, unknown };

class Requests {
public:
    explicit Requests(Connection& connection) : m_connection(connection) {}

    Result<void> park(const ParkedRequest& parked, Seconds now, Seconds lifetime);

    // The record of an id, whoever asks: the caller compares the secret (endpoint/parked_request).
    Result<std::optional<ParkedRequest>> find(std::string_view id);

    // One atomic step each; the outcomes are described in redis/steps.
    Result<ApprovalOutcome> approve(const Approval& approval, Seconds now, const Lifetimes& lifetimes);
    Result<DenialOutcome> deny(std::string_view request_id, std::string_view browser_sha256);

private:
    Connection& m_connection;
};

} // namespace stile
