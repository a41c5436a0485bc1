#include "shared/oauth/error.h"

#include <utility>

namespace stile {

std::string_view to_string(ErrorCode code)
{
    switch (code) {
    case ErrorCode::invalid_request: return "invalid_request";
    case ErrorCode::invalid_client: return "invalid_client";
    case ErrorCode::invalid_grant: return "invalid_grant";
    case ErrorCode::unauthorized_client: return "unauthorized_client";
    case ErrorCode::unsupported_grant_type: return "unsupported_grant_type";
    case ErrorCode::unsupported_response_type: return "unsupported_response_type";
    case ErrorCode::invalid_scope: return "invalid_scope";
    case ErrorCode::access_denied: return "access_denied";
    case ErrorCode::temporarily_unavailable: return "temporarily_unavailable";
    case ErrorCode::login_required: return "login_required";
    case ErrorCode::consent_required: return "consent_required";
    case ErrorCode::interaction_required: return "interaction_required";
    case ErrorCode::request_not_supported: return "request_not_supported";
    case ErrorCode::request_uri_not_supported: return "request_uri_not_supported";
    case ErrorCode::registration_not_supported: return "registration_not_supported";
    case ErrorCode::unmet_authentication_requirements: return "unmet_authentication_requirements";
    case ErrorCode::invalid_token: return "invalid_token";
    case ErrorCode::insufficient_scope: return "insufficient_scope";
    }
    std::unreachable();
}

int http_status(ErrorCode code)
{
    switch (code) {
    case ErrorCode::invalid_client:
    case ErrorCode::invalid_token: return 401;
    case ErrorCode::insufficient_scope: return 403;
    case ErrorCode::temporarily_unavailable: return 503;
    default: return 400;
    }
}

} // namespace stile
