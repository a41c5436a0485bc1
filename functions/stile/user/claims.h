// Claims about a user (OpenID Connect Core §5.1) as an operator gives them. `user add`, `user update` and `import` use the
// same rules for names and values.
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

void add_claim_options(Command& command, ClaimOptions& options);
// --unset-claim, for `user update`.
void add_unset_claim_option(Command& command, ClaimOptions& options);

// The claims of the options, checked; a claim to be removed has an empty text.
Result<Profile> claims_from(const ClaimOptions& options);

// Why a claim of this name or with this value (JSON text) is not allowed: a predicate whose subject is the claim. Nothing
// if it is allowed.
std::optional<std::string> why_not_claim(std::string_view name, std::string_view json);

// Bytes. All claims of a user may have to fit into one ID token.
inline constexpr std::size_t largest_profile = 8 * 1024;
bool is_too_large(const Profile& claims);

// As one JSON object. Values that are not JSON were written by hand and are left out.
std::string to_json(const Profile& claims);
// KEY=VALUE for each claim, in ASCII, as --claim takes it.
std::vector<std::string> in_lines(const Profile& claims);

} // namespace stile::admin
