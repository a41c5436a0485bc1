// JSON Web Keys and their sets (shared/crypto/jwk, jwk_set), public ones as a client registers them and private ones.
#include "shared/crypto/jwk.h"
#include "shared/base/strict_json.h"
#include "shared/crypto/jwk_set.h"
#include "tests/fuzz/support/fuzz.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace stile::fuzz {

namespace {

constexpr std::array private_members = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"};

bool has_private_member(std::string_view json)
{
    const auto object = parse_strict_object(json);
    HOLDS(object.has_value());
    return std::ranges::any_of(private_members, [&](const char* name) { return object->contains(name); });
}

// Whether a number that is no product of two primes passes for a modulus, OpenSSL decides by chance.
bool is_decided_by_chance(const Jwk& key)
{
    return key.algorithm() == JwsAlgorithm::rs256 || key.algorithm() == JwsAlgorithm::ps256;
}

void check_public(std::string_view input)
{
    for (const auto wanted : {std::optional<JwsAlgorithm>(), std::optional(JwsAlgorithm::rs256)}) {
        const auto key = Jwk::from_json(input, wanted);
        if (!key) {
            HOLDS(!to_string(key.error()).empty());
            continue;
        }
        HOLDS(!has_private_member(input) && key->algorithm() != JwsAlgorithm::hs256);
        HOLDS(!wanted || key->algorithm() == *wanted);
        HOLDS(!key->kid().empty() && key->thumbprint().value().size() == 43);
        // Written again it is the same key, and a second time the same text.
        const auto text = key->to_json().value();
        const auto again = Jwk::from_json(text);
        HOLDS(again || is_decided_by_chance(*key));
        HOLDS(!again
              || (again->algorithm() == key->algorithm() && again->kid() == key->kid()
                  && again->thumbprint() == key->thumbprint() && again->to_json() == text));
        HOLDS(!key->verify("message", "") && !key->verify("", "signature"));
    }
}

void check_private(std::string_view input)
{
    const auto key = SigningKey::from_json(Secret(std::string(input)));
    if (!key)
        return;
    HOLDS(has_private_member(input));
    HOLDS(key->public_key().verify("message", key->sign("message")));
    const auto text = key->to_json();
    HOLDS(SigningKey::from_json(text).value().to_json().reveal() == text.reveal());
    if (const auto shown = key->public_key().to_json())
        HOLDS(!has_private_member(*shown));
}

void check_set(std::string_view input)
{
    const auto set = JwkSet::from_json(input);
    if (!set)
        return;
    for (const auto& key : set->keys()) {
        HOLDS(key.algorithm() != JwsAlgorithm::hs256);
        HOLDS(set->find(key.algorithm(), key.kid()) == &key); // no two of one name
    }
    const auto text = set->to_json();
    if (text.size() <= strict_json_size_limit && std::ranges::none_of(set->keys(), is_decided_by_chance))
        HOLDS(JwkSet::from_json(text).value().to_json() == text);
}

} // namespace

void fuzz(std::string_view input)
{
    check_public(input);
    check_private(input);
    check_set(input);
    const auto in_set = JwkSet::from_json(R"({"keys":[)" + std::string(input) + "]}");
    if (const auto key = Jwk::from_json(input); key && in_set && !is_decided_by_chance(*key))
        HOLDS(in_set->keys().size() == 1 && in_set->keys().front().kid() == key->kid());
}

} // namespace stile::fuzz
