// Why a request to the demo client fails, and what its page says.
#pragma once

#include "shared/base/result.h"
#include "shared/oauth/error.h"

#include <string>
#include <string_view>
#include <utility>

namespace stile::demo {

struct Problem {
    int status;
    std::string_view title;
    std::string_view text;
};

namespace problem {

inline constexpr Problem malformed_request = {400, "This request cannot be read",
                                              "No page of this application links to this address."};
inline constexpr Problem wrong_method = {405, "This request is not supported", "Go back to the demo."};
inline constexpr Problem csrf_mismatch = {403, "This form is not valid any more",
                                          "It belongs to another browser or has expired."};
inline constexpr Problem unknown_state = {400, "This response was not requested",
                                          "It does not belong to a login begun in this browser, or it was used before. "
                                          "You were not signed in."};
inline constexpr Problem wrong_issuer = {400, "This response comes from another provider",
                                         "This application accepts only the provider that it asked."};
inline constexpr Problem access_denied = {200, "You denied access",
                                          "This application received nothing. You can try again at any time."};
inline constexpr Problem error_response = {400, "The provider refused", "The reason is below."};
inline constexpr Problem refresh_token_invalid = {
    400, "The refresh token is no longer valid",
    "It has expired, or was used or revoked, so this application cannot renew its access. Sign in again."};
inline constexpr Problem unreachable = {503, "The provider does not answer", "Please try again in a moment."};
inline constexpr Problem invalid_response = {503, "The provider's response is invalid",
                                             "It does not follow the OAuth standard."};

} // namespace problem

struct Failure {
    Failure(const Problem& what, std::string code = {}, std::string words = {})
        : problem(what),
          error(std::move(code)),
          description(std::move(words))
    {
    }
    Failure(const OAuthError& malformed) : Failure(problem::malformed_request, {}, malformed.description) {}

    Problem problem;
    std::string error; // the error code of the standard, such as "invalid_grant", or ""
    std::string description; // for the developer: the words of the provider, or of this client
};

template <typename T>
using Outcome = Expected<T, Failure>;

} // namespace stile::demo
