#include "shared/oauth/error.h"

#include "tests/support/catch.h"

using namespace stile;

TEST_CASE("RFC6749-5.2-6 each error has the code and the status of the standard")
{
    const auto [code, word, status] = GENERATE(table<ErrorCode, std::string, int>({
        {ErrorCode::invalid_request, "invalid_request", 400},
        {ErrorCode::invalid_client, "invalid_client", 401},
        {ErrorCode::invalid_grant, "invalid_grant", 400},
        {ErrorCode::unauthorized_client, "unauthorized_client", 400},
        {ErrorCode::unsupported_grant_type, "unsupported_grant_type", 400},
        {ErrorCode::unsupported_response_type, "unsupported_response_type", 400},
        {ErrorCode::invalid_scope, "invalid_scope", 400},
        {ErrorCode::access_denied, "access_denied", 400},
        {ErrorCode::temporarily_unavailable, "temporarily_unavailable", 503},
        {ErrorCode::login_required, "login_required", 400},
        {ErrorCode::consent_required, "consent_required", 400},
        {ErrorCode::interaction_required, "interaction_required", 400},
        {ErrorCode::request_not_supported, "request_not_supported", 400},
        {ErrorCode::request_uri_not_supported, "request_uri_not_supported", 400},
        {ErrorCode::registration_not_supported, "registration_not_supported", 400},
        {ErrorCode::unmet_authentication_requirements, "unmet_authentication_requirements", 400},
        {ErrorCode::invalid_token, "invalid_token", 401},
        {ErrorCode::insufficient_scope, "insufficient_scope", 403},
    }));
    CAPTURE(word);
    CHECK(to_string(code) == word);
    CHECK(http_status(code) == status);
}

TEST_CASE("STILE-error-1 fail() keeps the message for the client and the one for the log apart")
{
    const Result<int> result = fail(ErrorCode::invalid_grant, "code is invalid", "replayed");
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == ErrorCode::invalid_grant);
    CHECK(result.error().description == "code is invalid");
    CHECK(result.error().detail == "replayed");
    const Result<int> without = fail(ErrorCode::invalid_grant, "code is invalid");
    CHECK(without.error().detail.empty());
}
