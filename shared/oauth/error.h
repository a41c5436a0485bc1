// One error value for three readers: `code` is the standard's error code for the client's program, `description` is for
// its developer, `detail` only for the log.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/result.h"

#include <string>
#include <string_view>

namespace stile {

// RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6, RFC 6750 §3.1; unmet_authentication_requirements is from
// the specification of that name. Each code has one status at JSON endpoints, http_status().
enum class ErrorCode {
    invalid_request,
    invalid_client,
    invalid_grant,
    unauthorized_client,
    unsupported_grant_type,
    unsupported_response_type,
    invalid_scope,
    access_denied,
    temporarily_unavailable,
    login_required,
    consent_required,
    interaction_required,
    request_not_supported,
    request_uri_not_supported,
    registration_not_supported,
    unmet_authentication_requirements,
    invalid_token,
    insufficient_scope,
};

std::string_view to_string(ErrorCode code); // "invalid_request"
int http_status(ErrorCode code); // RFC 6749 §5.2, RFC 6750 §3.1; 503 if Redis is unavailable

struct OAuthError {
    ErrorCode code;
    std::string description; // %x20-21 / %x23-5B / %x5D-7E only (RFC 6749 §5.2): never text from the request
    std::string detail{}; // for the log; no secret, no state
    bool is_audited = false; // it was recorded as an event of the audit trail: it is not logged again
    Seconds wait = 0; // above 0: too many attempts; seconds until the next one
};

template <typename T>
using Result = Expected<T, OAuthError>;

inline std::unexpected<OAuthError> fail(ErrorCode code, std::string description, std::string detail = {})
{
    return std::unexpected(OAuthError{code, std::move(description), std::move(detail)});
}

// For a refusal that was recorded as an event (endpoint/audit.h).
inline std::unexpected<OAuthError> fail_audited(ErrorCode code, std::string description)
{
    return std::unexpected(OAuthError{code, std::move(description), {}, true});
}

// For an attempt that was throttled, and recorded as such. At JSON endpoints a 429 with Retry-After (RFC 6585 §4). RFC
// 6749 has no error code for it; this registered one makes a client retry later instead of discarding its credentials
// or its token.
inline std::unexpected<OAuthError> too_many_attempts(Seconds wait)
{
    return std::unexpected(
        OAuthError{ErrorCode::temporarily_unavailable, "too many failed attempts; try again later", {}, true, wait});
}

} // namespace stile
