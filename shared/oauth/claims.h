// The claims about a user, and the scope that lets a client read each (OpenID Connect Core §5.1, §5.4).
//
// A claim that the standard does not define belongs to the scope of the same name: a client with the scope groups can
// read `groups`. So registration and consent consist only of scope words, however a claim is requested.
#pragma once

#include "shared/oauth/scope.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// The standard claims that a user's record can have: all except `sub`; in the order of §5.1.
std::span<const std::string_view> standard_claims();

// The scopes with a defined meaning: openid, profile, email, address, phone, offline_access.
std::span<const std::string_view> standard_scopes();

// May a user's record have a claim of this name? 1 to 64 of [A-Za-z0-9_.:/-], and not one that the protocol sets
// (`sub`, `iss`, `aud` …).
bool is_claim_name(std::string_view name);

// The scope that gives a claim: "profile" for "name", "groups" for "groups".
std::string_view scope_of_claim(std::string_view claim);

// Those of the claims (names, separated by spaces) whose scope is one of these: a client is told no claim whose scope
// it has not registered.
std::string claims_within(std::string_view claims, const Scope& scope);

// The claims that a scope requests: "email" and "email_verified" for "email"; for a scope that the standard does not
// define the claim of the same name.
std::vector<std::string> claims_of(const Scope& scope);

} // namespace stile
