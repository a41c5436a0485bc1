// One error value for three readers: `code` is the standard's error code for the client's program, `description` is for
// its developer, `detail` only for the log.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/result.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace stile {

// RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6, RFC 6750 §3.1; unmet_authentication_requirements is of the
// specification of that name. A new one is also a line of `error_types`.
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
    count // of the codes above; stays last
};

struct ErrorType {
    ErrorCode code;
    std::string_view word; // the value of `error`
    int status; // at JSON endpoints: RFC 6749 §5.2, RFC 6750 §3.1; 503 if Redis is unavailable
    std::size_t counter; // its place among the counters (oauth/counter_labels.h); never changes
};

inline constexpr std::array error_types = {
    ErrorType{ErrorCode::invalid_request, "invalid_request", 400, 1},
    ErrorType{ErrorCode::invalid_client, "invalid_client", 401, 2},
    ErrorType{ErrorCode::invalid_grant, "invalid_grant", 400, 3},
    ErrorType{ErrorCode::unauthorized_client, "unauthorized_client", 400, 4},
    ErrorType{ErrorCode::unsupported_grant_type, "unsupported_grant_type", 400, 5},
    ErrorType{ErrorCode::unsupported_response_type, "unsupported_response_type", 400, 6},
    ErrorType{ErrorCode::invalid_scope, "invalid_scope", 400, 7},
    ErrorType{ErrorCode::access_denied, "access_denied", 400, 8},
    ErrorType{ErrorCode::temporarily_unavailable, "temporarily_unavailable", 503, 9},
    ErrorType{ErrorCode::login_required, "login_required", 400, 18},
    ErrorType{ErrorCode::consent_required, "consent_required", 400, 19},
    ErrorType{ErrorCode::interaction_required, "interaction_required", 400, 20},
    ErrorType{ErrorCode::request_not_supported, "request_not_supported", 400, 21},
    ErrorType{ErrorCode::request_uri_not_supported, "request_uri_not_supported", 400, 22},
    ErrorType{ErrorCode::registration_not_supported, "registration_not_supported", 400, 23},
    ErrorType{ErrorCode::unmet_authentication_requirements, "unmet_authentication_requirements", 400, 24},
    ErrorType{ErrorCode::invalid_token, "invalid_token", 401, 12},
    ErrorType{ErrorCode::insufficient_scope, "insufficient_scope", 403, 13},
};

// Whether every code has its line, in the order of the codes.
constexpr bool has_every_code()
{
    for (std::size_t i = 0; i < error_types.size(); ++i)
        if (error_types[i].code != static_cast<ErrorCode>(i))
            return false;
    return error_types.size() == static_cast<std::size_t>(ErrorCode::count);
}
static_assert(has_every_code());

constexpr std::string_view to_string(ErrorCode code) // "invalid_request"
{
    return error_types[static_cast<std::size_t>(code)].word;
}

constexpr int http_status(ErrorCode code)
{
    return error_types[static_cast<std::size_t>(code)].status;
}

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
