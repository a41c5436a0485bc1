#include "shared/crypto/jwk.h"

#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "shared/crypto/evp_key.h"
#include "shared/crypto/jwk_members.h"
#include "shared/crypto/random.h"
#include "shared/crypto/signature.h"

#include <nlohmann/json.hpp>

namespace stile {

namespace {

constexpr std::size_t shared_secret_bytes = 32; // RFC 7518 §3.2: at least as long as the hash

// RFC 7638 §3: only the required members, in lexicographic order, no white space.
std::string thumbprint_of(JwsAlgorithm algorithm, const EvpKey& key)
{
    const auto& shape = shape_of(algorithm);
    std::map<std::string_view, std::string> members = {{"kty", std::string(shape.kty)}};
    if (!shape.crv.empty())
        members["crv"] = shape.crv;
    for (const auto name : shape.public_names)
        members[name] = base64url_encode(number_of(key, algorithm, name).reveal());
    std::string text;
    for (const auto& [name, value] : members) { // none of them needs escaping
        text += text.empty() ? '{' : ',';
        text.append(1, '"').append(name).append("\":\"").append(value).append(1, '"');
    }
    return sha256_base64url(text + '}');
}

// Builds the text of a JWK in a buffer that never moves, so that no copy of a private number stays behind.
class Writer {
public:
    explicit Writer(std::size_t room) { m_text.reserve(room); }

    void add(std::string_view name, std::string_view value)
    {
        m_text += m_text.empty() ? '{' : ',';
        m_text.append(1, '"').append(name).append("\":\"").append(value).append(1, '"');
    }
    void add_number(std::string_view name, const Secret& number)
    {
        const Secret text(base64url_encode(number.reveal()));
        add(name, text.reveal());
    }
    std::string finish(std::string_view kid, JwsAlgorithm algorithm)
    {
        if (!kid.empty()) {
            const auto escaped = nlohmann::json(kid).dump();
            add("kid", std::string_view(escaped).substr(1, escaped.size() - 2));
        }
        add("use", "sig");
        add("alg", to_string(algorithm));
        m_text += '}';
        return std::move(m_text);
    }

private:
    std::string m_text;
};

// Upper bound: RSA of 4096 bits with all its parts takes 3.3 kB; an escaped byte of a kid takes up to six.
std::size_t room_for(std::string_view kid)
{
    return 4096 + 6 * kid.size();
}

void add_public_members(Writer& writer, JwsAlgorithm algorithm, const EvpKey& key)
{
    const auto& shape = shape_of(algorithm);
    writer.add("kty", shape.kty);
    if (!shape.crv.empty())
        writer.add("crv", shape.crv);
    for (const auto name : shape.public_names)
        writer.add_number(name, number_of(key, algorithm, name));
}

} // namespace

std::string_view to_string(JwkError error)
{
    switch (error) {
    case JwkError::malformed: return "no JSON object of at most 16 kB with each member once";
    case JwkError::missing_member: return "a required member is missing";
    case JwkError::bad_value: return "a member has a value of the wrong form";
    case JwkError::private_member: return "a private key where a public one belongs";
    case JwkError::unsupported: return "a kind of key that is not supported";
    case JwkError::not_for_signatures: return "use or key_ops exclude signatures";
    case JwkError::algorithm_mismatch: return "the key is for another algorithm";
    case JwkError::algorithm_missing: return "an RSA key without alg";
    case JwkError::weak_key: return "the key is too weak";
    case JwkError::inconsistent: return "the numbers are not those of a key";
    }
    return "not a key";
}

Jwk::Jwk(JwsAlgorithm algorithm, std::string kid, std::shared_ptr<evp_pkey_st> key, Secret shared_secret)
    : m_algorithm(algorithm),
      m_kid(std::move(kid)),
      m_key(std::move(key)),
      m_shared_secret(std::move(shared_secret))
{
    if (m_kid.empty() && m_key != nullptr)
        m_kid = thumbprint_of(m_algorithm, m_key);
}

Expected<Jwk, JwkError> Jwk::from_json(std::string_view json, std::optional<JwsAlgorithm> algorithm)
{
    auto members = TRY(read_jwk_members(json, algorithm, KeyHalf::public_half));
    auto key = make_evp_key(members.algorithm, members.numbers, false);
    if (key == nullptr)
        return std::unexpected(JwkError::inconsistent);
    return Jwk(members.algorithm, std::move(members.kid), std::move(key), Secret());
}

std::optional<std::string> Jwk::to_json() const
{
    if (m_key == nullptr)
        return std::nullopt;
    Writer writer(room_for(m_kid));
    add_public_members(writer, m_algorithm, m_key);
    return writer.finish(m_kid, m_algorithm);
}

std::optional<std::string> Jwk::thumbprint() const
{
    if (m_key == nullptr)
        return std::nullopt;
    return thumbprint_of(m_algorithm, m_key);
}

bool Jwk::verify(std::string_view message, std::string_view signature) const
{
    if (m_algorithm == JwsAlgorithm::hs256)
        return equal_in_constant_time(hmac_sha256(m_shared_secret.reveal(), message), signature);
    return check_signature(m_algorithm, m_key, message, signature);
}

SigningKey SigningKey::generate(JwsAlgorithm algorithm)
{
    if (algorithm != JwsAlgorithm::hs256)
        return SigningKey(Jwk(algorithm, "", generate_evp_key(algorithm), Secret()));
    std::string bytes(shared_secret_bytes, '\0');
    SystemRandom().fill({reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return SigningKey(Jwk(algorithm, "", nullptr, Secret(std::move(bytes))));
}

Expected<SigningKey, JwkError> SigningKey::from_json(const Secret& json, std::optional<JwsAlgorithm> algorithm)
{
    auto members = TRY(read_jwk_members(json.reveal(), algorithm, KeyHalf::private_half));
    if (members.algorithm == JwsAlgorithm::hs256) {
        auto key = TRY(from_shared_secret(members.numbers.at("k")));
        key.m_public.m_kid = std::move(members.kid);
        return key;
    }
    auto key = make_evp_key(members.algorithm, members.numbers, true);
    if (key == nullptr)
        return std::unexpected(JwkError::inconsistent);
    return SigningKey(Jwk(members.algorithm, std::move(members.kid), std::move(key), Secret()));
}

Expected<SigningKey, JwkError> SigningKey::from_shared_secret(const Secret& secret)
{
    if (secret.reveal().size() < shared_secret_bytes)
        return std::unexpected(JwkError::weak_key);
    return SigningKey(Jwk(JwsAlgorithm::hs256, "", nullptr, secret));
}

Secret SigningKey::to_json() const
{
    Writer writer(room_for(kid()) + 2 * m_public.m_shared_secret.reveal().size());
    add_public_members(writer, algorithm(), m_public.m_key);
    for (const auto name : shape_of(algorithm()).private_names)
        writer.add_number(name, algorithm() == JwsAlgorithm::hs256 ? m_public.m_shared_secret
                                                                   : number_of(m_public.m_key, algorithm(), name));
    return Secret(writer.finish(kid(), algorithm()));
}

std::string SigningKey::sign(std::string_view message) const
{
    if (algorithm() == JwsAlgorithm::hs256)
        return hmac_sha256(m_public.m_shared_secret.reveal(), message);
    return make_signature(algorithm(), m_public.m_key, message);
}

} // namespace stile
