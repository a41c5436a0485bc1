// JSON Web Key Sets (RFC 7517 §5): the public keys of a client, and those that Stile publishes.
#pragma once

#include "shared/base/result.h"
#include "shared/crypto/jwk.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// Immutable; thread-safe.
class JwkSet {
public:
    explicit JwkSet(std::vector<Jwk> keys) : m_keys(std::move(keys)) {}

    // The public keys of another party. Keys of an unknown kind, not for signatures, or (if one is requested) for
    // another algorithm are left out (RFC 7517 §5), so the set may be empty. Every other error refuses the whole set,
    // such as a private or symmetric key, or two keys with the same kid and algorithm (bad_value). An RSA key without
    // `alg` gets the requested algorithm. At most 16 kB.
    static Expected<JwkSet, JwkError> from_json(std::string_view json,
                                                std::optional<JwsAlgorithm> algorithm = std::nullopt);

    const std::vector<Jwk>& keys() const { return m_keys; }

    // The key for a JWS: the one with this algorithm and kid; without a kid the only one with this algorithm (OpenID
    // Connect Core §10.1). Null if there is none or more than one. Lives as long as this set.
    const Jwk* find(JwsAlgorithm algorithm, std::string_view kid) const;

    // {"keys":[…]}; without keys for HS256.
    std::string to_json() const;

private:
    std::vector<Jwk> m_keys;
};

} // namespace stile
