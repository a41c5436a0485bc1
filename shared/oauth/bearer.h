// The Bearer scheme (RFC 6750): the header with the access token, and the challenge of a refusal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stile {

// The token of "Authorization: Bearer …" (RFC 6750 §2.1); the scheme is case-insensitive (RFC 9110 §11.1). Nothing for
// another scheme. The token may be empty or malformed; callers check it.
std::optional<std::string_view> bearer_token(std::string_view authorization);
std::optional<std::string_view> bearer_token(std::string&& authorization) = delete; // the view would dangle

// The value of WWW-Authenticate (RFC 6750 §3). No error code if no token was sent (§3.1).
std::string bearer_challenge(std::string_view error = {}, std::string_view scope = {});

} // namespace stile
