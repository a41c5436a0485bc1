// Split tokens: what a client or browser holds is  <grant id: 12> <selector: 6> <secret: the rest>, all base62. The
// first 18 characters name a record in Redis and are not secret; the secret is never stored, only its SHA-256. So
// records can be inspected with redis-cli, and nothing in a copy of the database works as a token.
#pragma once

#include "shared/base/secret.h"
#include "shared/crypto/random.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

constexpr std::size_t grant_id_length = 12; // 71 bits: unique, not secret
constexpr std::size_t selector_length = 6;
constexpr std::size_t code_length = 42; // 24 characters of secret, 142 bits; also for access tokens
constexpr std::size_t access_token_length = 42;
constexpr std::size_t refresh_token_length = 48;
constexpr std::size_t token_id_length = grant_id_length + selector_length; // the `jti` of a signed access token

bool is_grant_id(std::string_view text);

class SplitToken {
public:
    // Nothing unless `text` is exactly `length` base62 characters.
    static std::optional<SplitToken> parse(std::string_view text, std::size_t length);

    // A new token of the grant, `length` characters long.
    static SplitToken mint(std::string_view grant_id, std::size_t length, Random& random);

    // A token of the grant with `tail` (at least selector and 22 characters of secret) in place of new random
    // characters.
    static SplitToken of(std::string_view grant_id, const Secret& tail);

    const std::string& grant_id() const { return m_grant_id; }
    const std::string& selector() const { return m_selector; }
    const Secret& secret() const { return m_secret; }
    std::string secret_sha256() const; // base64url, 43 characters, as stored in Redis; empty without a secret
    std::string token_id() const { return m_grant_id + m_selector; } // names the record, proves nothing
    Secret whole() const;

private:
    SplitToken(std::string grant_id, std::string selector, Secret secret);

    std::string m_grant_id;
    std::string m_selector;
    Secret m_secret;
};

// What a token request issues. `refresh` is absent for clients that may not refresh.
struct TokenPair {
    SplitToken access;
    std::optional<SplitToken> refresh;
    // The client gets a JWT with this `alg` and `aud` (empty: none), and its record no digest of a secret. Without alg
    // the access token is opaque.
    std::string access_alg{};
    std::string access_aud{};

    static TokenPair mint(std::string_view grant_id, bool with_refresh, Random& random);
};

} // namespace stile
