// signing_key:<kid>: the keys that sign, and signing_keys: the set of their kids, so that no scan of all
// keys is needed to find them. Private halves are sealed (crypto/seal.h) with the master key.
#pragma once

#include "shared/base/clock.h"
#include "shared/store/connection.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// What a key signs: ID and access tokens, answers of userinfo, or logout tokens. A function gets the master key of its
// purpose (key_ring.h), so that who breaks into `logout` or `userinfo` cannot sign what `token` does.
enum class KeyPurpose { tokens, userinfo, logout };

// "tokens", "userinfo", "logout".
std::string_view to_string(KeyPurpose purpose);
std::optional<KeyPurpose> parse_key_purpose(std::string_view word);

struct SigningKeyRecord {
    std::string kid;
    std::string algorithm; // the value of `alg`
    std::string public_jwk;
    std::string sealed; // the private JWK
    std::string sealed_next; // the same under the next master key, while this is changed; otherwise empty
    Seconds created_at = 0;
    Seconds signs_from = 0;
    Seconds expires_at = 0; // 0: never
    KeyPurpose purpose = KeyPurpose::tokens; // no field in Redis: for tokens, as the keys of older versions
};

// The source of the keys; tests have their own in place of Redis.
class SigningKeySource {
public:
    virtual ~SigningKeySource() = default;

    // All keys, the newest first.
    virtual Result<std::vector<SigningKeyRecord>> list() = 0;
};

class SigningKeys final : public SigningKeySource {
public:
    explicit SigningKeys(Connection& connection) : m_connection(connection) {}

    Result<std::vector<SigningKeyRecord>> list() override; // two round trips

    // For the admin command.
    Result<void> add(const SigningKeyRecord& key);
    Result<void> expire(std::string_view kid, Seconds when);
    Result<bool> remove(std::string_view kid); // false if there is none
    // Adds the seal of the next master key, or makes it the only one.
    Result<void> seal_for_next(std::string_view kid, std::string_view sealed_next);
    Result<void> finish_sealing(std::string_view kid, std::string_view sealed);

private:
    Connection& m_connection;
};

} // namespace stile
