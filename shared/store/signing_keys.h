// signing_key:<kid>: the keys that sign access tokens, and signing_keys: the set of their kids, so that no scan of all
// keys is needed to find them. Private halves are sealed (crypto/seal.h) with the master key.
#pragma once

#include "shared/base/clock.h"
#include "shared/store/connection.h"

#include <string>
#include <string_view>
#include <vector>

namespace stile {

struct SigningKeyRecord {
    std::string kid;
    std::string algorithm; // the value of `alg`
    std::string public_jwk;
    std::string sealed; // the private JWK
    Seconds created_at = 0;
    Seconds signs_from = 0;
    Seconds expires_at = 0; // 0: never
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

private:
    Connection& m_connection;
};

} // namespace stile
