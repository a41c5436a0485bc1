// Reads the members of a JWK with all checks that need no arithmetic. Only for jwk.cpp.
#pragma once

#include "shared/base/result.h"
#include "shared/crypto/evp_key.h"
#include "shared/crypto/jwk.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

enum class KeyHalf { public_half, private_half };

struct JwkMembers {
    JwsAlgorithm algorithm;
    std::string kid; // empty when absent
    KeyNumbers numbers; // those that the algorithm's KeyShape names; private ones only for private_half
};

// `algorithm`: the one that the caller requests. Thread-safe.
Expected<JwkMembers, JwkError> read_jwk_members(std::string_view json, std::optional<JwsAlgorithm> algorithm,
                                                KeyHalf half);

} // namespace stile
