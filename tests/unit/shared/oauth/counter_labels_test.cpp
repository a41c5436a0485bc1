#include "shared/oauth/counter_labels.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

using namespace stile;

TEST_CASE("STILE-counters-8 outcomes and grant types keep their places in the files of counters")
{
    // As version 1 of the layout has had them; files of older processes are read by them.
    const std::vector<std::string> outcomes = {"ok",
                                               "invalid_request",
                                               "invalid_client",
                                               "invalid_grant",
                                               "unauthorized_client",
                                               "unsupported_grant_type",
                                               "unsupported_response_type",
                                               "invalid_scope",
                                               "access_denied",
                                               "temporarily_unavailable",
                                               "throttled",
                                               "method_not_allowed",
                                               "invalid_token",
                                               "insufficient_scope",
                                               "login_failed",
                                               "malformed",
                                               "failed",
                                               "other",
                                               "login_required",
                                               "consent_required",
                                               "interaction_required",
                                               "request_not_supported",
                                               "request_uri_not_supported",
                                               "registration_not_supported",
                                               "unmet_authentication_requirements"};
    CHECK(std::ranges::equal(std::span(counter_labels.outcomes).first(outcomes.size()), outcomes));
    const std::vector<std::string> grant_types = {"", "authorization_code", "refresh_token", "client_credentials",
                                                  "password"};
    CHECK(std::ranges::equal(std::span(counter_labels.grant_types).first(grant_types.size()), grant_types));
    CHECK(counter_labels.outcomes[counter_labels.other_outcome] == "other");
    CHECK(Counters::layout == "1");
}

TEST_CASE("STILE-counters-9 every error code is counted under its word")
{
    for (const auto& error : error_types) {
        CAPTURE(error.word);
        CHECK(counter_labels.outcomes[error.counter] == to_string(error.code));
    }
}
