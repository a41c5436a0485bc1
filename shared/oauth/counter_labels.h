// The words that requests are counted by (base/metrics.h): error codes, the other outcomes, and grant types.
#pragma once

#include "shared/base/metrics.h"
#include "shared/oauth/error.h"
#include "shared/oauth/grant_type.h"

#include <array>
#include <stdexcept>
#include <string_view>

namespace stile {

// An outcome of a request (Response::outcome) that is not an error code of a protocol.
struct OtherOutcome {
    std::string_view word;
    std::size_t counter; // its place; never changes
};

inline constexpr std::array other_outcomes = {
    OtherOutcome{"ok", 0},
    OtherOutcome{"throttled", 10},
    OtherOutcome{"method_not_allowed", 11},
    OtherOutcome{"login_failed", 14},
    OtherOutcome{"malformed", 15},
    OtherOutcome{"failed", 16},
    OtherOutcome{"other", 17}, // a word that has no place
};

// Does not compile if two outcomes have the same place, or if one has none.
consteval CounterLabels make_counter_labels()
{
    CounterLabels labels;
    const auto place = [&](std::size_t counter, std::string_view word) {
        if (!labels.outcomes.at(counter).empty())
            throw std::logic_error("two outcomes have the same counter");
        labels.outcomes[counter] = word;
    };
    for (const auto& error : error_types)
        place(error.counter, error.word);
    for (const auto& outcome : other_outcomes) {
        place(outcome.counter, outcome.word);
        if (outcome.word == "other")
            labels.other_outcome = outcome.counter;
    }
    for (std::size_t i = 0; i < known_grant_types.size(); ++i) // after "", that of all other requests
        labels.grant_types.at(i + 1) = known_grant_types[i];
    return labels;
}

inline constexpr CounterLabels counter_labels = make_counter_labels();

} // namespace stile
