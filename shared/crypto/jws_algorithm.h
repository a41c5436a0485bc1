// The supported signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1). There is no value for "none".
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace stile {

enum class JwsAlgorithm {
    rs256, // RSASSA-PKCS1-v1_5 with SHA-256
    ps256, // RSASSA-PSS with SHA-256, MGF1 of SHA-256, salt of 32 bytes
    es256, // ECDSA on P-256 with SHA-256
    eddsa, // Ed25519
    hs256, // HMAC with SHA-256: a party that can verify can also sign
};

// All of them, for metadata and for tables.
inline constexpr std::array jws_algorithms = {JwsAlgorithm::rs256, JwsAlgorithm::ps256, JwsAlgorithm::es256,
                                              JwsAlgorithm::eddsa, JwsAlgorithm::hs256};

// The value of `alg`: "RS256", "PS256", "ES256", "EdDSA", "HS256".
std::string_view to_string(JwsAlgorithm algorithm);

// Nothing for any other text; names are case-sensitive (RFC 7515 §4.1.1).
std::optional<JwsAlgorithm> parse_jws_algorithm(std::string_view name);

} // namespace stile
