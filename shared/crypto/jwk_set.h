// JSON Web Key Sets (RFC 7517 §5): the public keys of a client, and those that Stile publishes.
#pragma once

#include "shared/base/result.h"
#include "shared/crypto/jwk.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// Does not change after it was made; thread-safe.
class JwkSet {
public:
    explicit JwkSet(std::vector<Jwk> keys) : m_keys(std::move(keys)) {}

    // The public keys of somebody else. Keys of a kind that Stile does not know, or that are not for signatures, or
    // (when one is asked for) for another algorithm, are left out (RFC 7517 §5), so there may be none; every other
    // fault refuses the whole set, a private or symmetric key above all, and two keys of the same kid and algorithm
    // (bad_value). An RSA key without `alg` is taken for the algorithm asked for. At most 16 kB.
    static Expected<JwkSet, JwkError> from_json(std::string_view json,
                                                std::optional<JwsAlgorithm> algorithm = std::nullopt);

    const std::vector<Jwk>& keys() const { return m_keys; }

    // The key for a JWS: the one of this algorithm and kid; without a kid the only one of this algorithm
    // (OpenID Connect Core §10.1). Null when there is none or more than one. Lives as long as this set.
    const Jwk* find(JwsAlgorithm algorithm, std::string_view kid) const;

    // {"keys":[…]}; keys for HS256 are not in it.
    std::string to_json() const;

private:
    std::vector<Jwk> m_keys;
};

} // namespace stile
