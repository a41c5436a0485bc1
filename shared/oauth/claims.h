// Which claims there are about a user, and which scope lets a client learn each (OpenID Connect Core §5.1, §5.4).
//
// A claim that the standard does not know belongs to the scope of its own name: `groups` is told to who may ask for the
// scope groups. So what a client has registered and the user has agreed to are words of scope alone, whichever way a
// claim is asked for.
#pragma once

#include "shared/oauth/scope.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// The standard claims that a user's record may have, all but `sub`; in the order of §5.1.
std::span<const std::string_view> standard_claims();

// The scopes with a meaning of their own: openid, profile, email, address, phone, offline_access.
std::span<const std::string_view> standard_scopes();

// May a user's record have a claim of this name? 1 to 64 of [A-Za-z0-9_.:/-], and none that the protocol itself fills in
// (`sub`, `iss`, `aud` …).
bool is_claim_name(std::string_view name);

// The scope that a claim is told with: "profile" of "name", "groups" of "groups".
std::string_view scope_of_claim(std::string_view claim);

// The claims that a scope asks for: "email" and "email_verified" of "email"; of a scope that the standard does not know
// the claim of its name.
std::vector<std::string> claims_of(const Scope& scope);

} // namespace stile
