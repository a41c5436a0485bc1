// What can go wrong between a client, its browser, the provider and the API.
#pragma once

#include "shared/base/result.h"
#include "shared/oauth/error.h"

#include <string>
#include <utility>

namespace stile::demo {

enum class Problem {
    malformed_request, // the browser sent what no page of ours makes it send
    forged_form, // a form that this browser was not given
    foreign_answer, // a state that this browser did not begin with
    wrong_issuer, // an answer of another provider, or metadata that names another
    denied, // the person said no
    refused, // the provider says no
    ended, // the refresh token is good for nothing any more
    unreachable, // no answer, or 503
    nonsense, // an answer that the standard does not know
};

struct Failure {
    Failure(Problem what, std::string code = {}, std::string words = {})
        : problem(what),
          error(std::move(code)),
          description(std::move(words))
    {
    }
    Failure(const OAuthError& malformed) : Failure(Problem::malformed_request, {}, malformed.description) {}

    Problem problem;
    std::string error; // the standard's word, where there is one: "invalid_grant"
    std::string description; // for the developer: the provider's words or ours
};

template <typename T>
using Outcome = Expected<T, Failure>;

} // namespace stile::demo
