// What is known about a user besides the login (OpenID Connect Core §5.1), as somebody states it: which claim may have which
// value is decided here alone, for `user add`, `user update` and `import`.
#pragma once

#include "functions/stile/arguments.h"

#include "shared/oauth/error.h"
#include "shared/store/profiles.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile::admin {

struct ClaimOptions {
    std::optional<std::string> email;
    std::optional<std::string> name;
    std::vector<std::string> claims; // "key=json"
    std::vector<std::string> unset; // names
};

void describe(Command& command, ClaimOptions& options);
// --unset-claim, for `user update`.
void describe_unset(Command& command, ClaimOptions& options);

// What the options say, checked; empty text of those to be taken away.
Result<Profile> claims_from(const ClaimOptions& options);

// Why a user may not have a claim of this name, or with this value (JSON text): a sentence whose subject is the claim.
// Nothing when they may.
std::optional<std::string> why_not_claim(std::string_view name, std::string_view json);

// All of it travels in one ID token or answer.
inline constexpr std::size_t largest_profile = 8 * 1024;
bool is_too_large(const Profile& claims);

// As one JSON object. What is no JSON was written by hand, and is left out.
std::string to_json(const Profile& claims);
// Each as --claim takes it, in ASCII.
std::vector<std::string> in_lines(const Profile& claims);

} // namespace stile::admin
