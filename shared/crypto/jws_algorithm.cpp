#include "shared/crypto/jws_algorithm.h"

namespace stile {

std::string_view to_string(JwsAlgorithm algorithm)
{
    switch (algorithm) {
    case JwsAlgorithm::rs256: return "RS256";
    case JwsAlgorithm::ps256: return "PS256";
    case JwsAlgorithm::es256: return "ES256";
    case JwsAlgorithm::eddsa: return "EdDSA";
    case JwsAlgorithm::hs256: return "HS256";
    }
    return ""; // is no algorithm
}

std::optional<JwsAlgorithm> parse_jws_algorithm(std::string_view name)
{
    for (const auto algorithm : jws_algorithms)
        if (to_string(algorithm) == name)
            return algorithm;
    return std::nullopt;
}

} // namespace stile
