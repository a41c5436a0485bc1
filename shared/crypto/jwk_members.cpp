#include "shared/crypto/jwk_members.h"

#include "shared/base/strict_json.h"
#include "shared/crypto/base64.h"

#include <nlohmann/json.hpp>

#include <array>
#include <bit>
#include <cstring>
#include <set>

namespace stile {

namespace {

using nlohmann::json;

constexpr std::size_t curve_bytes = 32;
constexpr std::size_t least_modulus_bits = 2048; // RFC 7518 §3.3, §3.5
constexpr std::size_t most_modulus_bits = 4096; // STRICTER: bounds the cost of verifying

// The private members of all key types (RFC 7518 §6, RFC 8037 §2, RFC 9964 §3).
constexpr std::array private_names = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"};

// Overwrites the values of private members when the parsed object is destroyed.
// NOT DONE: the parser's own buffer for the current value, which is freed without wiping.
class Wiped {
public:
    explicit Wiped(json& object) : m_object(object) {}
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;
    ~Wiped()
    {
        for (const auto* name : private_names)
            if (const auto found = m_object.find(name); found != m_object.end() && found->is_string()) {
                auto& text = found->get_ref<std::string&>();
                ::explicit_bzero(text.data(), text.size());
            }
    }

private:
    json& m_object;
};

Expected<std::string_view, JwkError> text_of(const json& object, std::string_view name)
{
    const auto found = object.find(name);
    if (found == object.end())
        return std::unexpected(JwkError::missing_member);
    if (!found->is_string())
        return std::unexpected(JwkError::bad_value);
    return std::string_view(found->get_ref<const std::string&>());
}

// The algorithm of a kty without `alg`; for RSA it is not determined.
Expected<JwsAlgorithm, JwkError> implied_algorithm(std::string_view kty)
{
    if (kty == "RSA")
        return std::unexpected(JwkError::algorithm_missing);
    for (const auto algorithm : jws_algorithms)
        if (shape_of(algorithm).kty == kty)
            return algorithm;
    return std::unexpected(JwkError::unsupported);
}

// One algorithm for the key's whole life (RFC 7515 §10.7, RFC 8725 §3.1): caller, alg, kty and crv must agree on it.
Expected<JwsAlgorithm, JwkError> agreed_algorithm(const json& object, std::optional<JwsAlgorithm> wanted)
{
    const auto kty = TRY(text_of(object, "kty")); // RFC 7517 §4.1
    if (kty != "RSA")
        TRY(implied_algorithm(kty));
    std::optional<JwsAlgorithm> chosen = wanted;
    if (object.contains("alg")) { // RFC 7517 §4.4
        const auto alg = TRY(text_of(object, "alg"));
        chosen = parse_jws_algorithm(alg);
        if (!chosen)
            return std::unexpected(JwkError::unsupported);
    }
    if (wanted && chosen != wanted)
        return std::unexpected(JwkError::algorithm_mismatch);
    if (!chosen)
        chosen = TRY(implied_algorithm(kty));
    const auto& shape = shape_of(*chosen);
    if (shape.kty != kty)
        return std::unexpected(JwkError::algorithm_mismatch);
    if (!shape.crv.empty()) { // RFC 7518 §6.2.1.1, RFC 8037 §2
        const auto crv = TRY(text_of(object, "crv"));
        if (crv != shape.crv)
            return std::unexpected(JwkError::unsupported);
    }
    return *chosen;
}

// RFC 7517 §4.2 and §4.3: both can restrict the use of a key; they must not contradict each other.
Expected<void, JwkError> check_purpose(const json& object, KeyHalf half)
{
    if (object.contains("use")) {
        const auto use = TRY(text_of(object, "use"));
        if (use != "sig")
            return std::unexpected(JwkError::not_for_signatures);
    }
    const auto operations = object.find("key_ops");
    if (operations == object.end())
        return {};
    if (!operations->is_array())
        return std::unexpected(JwkError::bad_value);
    std::set<std::string> seen;
    for (const auto& operation : *operations) {
        if (!operation.is_string() || !seen.insert(operation.get<std::string>()).second)
            return std::unexpected(JwkError::bad_value); // §4.3: no repeated value
        if (operation != "sign" && operation != "verify")
            return std::unexpected(JwkError::not_for_signatures); // §4.3: no unrelated operations together
    }
    if (!seen.contains(half == KeyHalf::private_half ? "sign" : "verify"))
        return std::unexpected(JwkError::not_for_signatures);
    return {};
}

bool has_right_length(JwsAlgorithm algorithm, std::string_view bytes)
{
    switch (algorithm) {
    case JwsAlgorithm::rs256:
    case JwsAlgorithm::ps256: return !bytes.empty() && bytes.front() != '\0'; // RFC 7518 §2: Base64urlUInt
    case JwsAlgorithm::es256: // RFC 7518 §6.2.1.2, §6.2.2.1: leading zeros stay
    case JwsAlgorithm::eddsa: return bytes.size() == curve_bytes; // RFC 8032 §5.1.5
    case JwsAlgorithm::hs256: return true; // SigningKey::from_shared_secret requires more
    }
    return false;
}

Expected<void, JwkError> add_numbers(KeyNumbers& numbers, const json& object, JwsAlgorithm algorithm,
                                     std::span<const std::string_view> names)
{
    for (const auto name : names) {
        const auto text = TRY(text_of(object, name));
        auto bytes = base64url_decode(text);
        if (!bytes || !has_right_length(algorithm, *bytes))
            return std::unexpected(JwkError::bad_value);
        numbers[name] = Secret(std::move(*bytes));
    }
    return {};
}

Expected<void, JwkError> check_rsa_strength(const KeyNumbers& numbers)
{
    const auto n = numbers.at("n").reveal();
    const auto e = numbers.at("e").reveal();
    const auto bits =
        8 * (n.size() - 1) + static_cast<std::size_t>(std::bit_width(static_cast<unsigned char>(n.front())));
    if (bits < least_modulus_bits)
        return std::unexpected(JwkError::weak_key);
    if (bits > most_modulus_bits || e.size() > 4)
        return std::unexpected(JwkError::unsupported);
    std::uint32_t exponent = 0;
    for (const char byte : e)
        exponent = exponent << 8 | static_cast<unsigned char>(byte);
    if (exponent < 65537 || exponent % 2 == 0) // STRICTER: NIST FIPS 186-5 §5.4, as OpenSSL's own check
        return std::unexpected(JwkError::weak_key);
    return {};
}

} // namespace

Expected<JwkMembers, JwkError> read_jwk_members(std::string_view text, std::optional<JwsAlgorithm> algorithm,
                                                KeyHalf half)
{
    auto parsed = parse_strict_object(text);
    if (!parsed)
        return std::unexpected(JwkError::malformed);
    json& object = *parsed;
    const Wiped wiped(object);

    // First, so that a private key given by mistake is always reported as such, whatever other error it has.
    if (half == KeyHalf::public_half)
        for (const auto* name : private_names)
            if (object.contains(name))
                return std::unexpected(JwkError::private_member);

    JwkMembers members{TRY(agreed_algorithm(object, algorithm)), "", {}};
    const auto& shape = shape_of(members.algorithm);
    if (half == KeyHalf::public_half && shape.public_names.empty())
        return std::unexpected(JwkError::unsupported); // a shared secret has no public half
    TRY(check_purpose(object, half));
    if (object.contains("kid")) { // RFC 7517 §4.5
        members.kid = TRY(text_of(object, "kid"));
        if (members.kid.empty())
            return std::unexpected(JwkError::bad_value);
    }
    TRY(add_numbers(members.numbers, object, members.algorithm, shape.public_names));
    if (half == KeyHalf::private_half)
        TRY(add_numbers(members.numbers, object, members.algorithm, shape.private_names));
    if (shape.kty == "RSA") {
        TRY(check_rsa_strength(members.numbers));
        if (object.contains("oth")) // RFC 7518 §6.3.2.7: more than two primes
            return std::unexpected(JwkError::unsupported);
    }
    return members;
}

} // namespace stile
