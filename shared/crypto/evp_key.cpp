#include "shared/crypto/evp_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <string>
#include <vector>

namespace stile {

namespace {

using namespace std::string_view_literals;

constexpr std::array rsa_public = {"n"sv, "e"sv};
constexpr std::array rsa_private = {"d"sv, "p"sv, "q"sv, "dp"sv, "dq"sv, "qi"sv};
constexpr std::array point = {"x"sv, "y"sv};
constexpr std::array coordinate = {"x"sv};
constexpr std::array scalar = {"d"sv};
constexpr std::array shared_key = {"k"sv};

const KeyShape rsa_shape = {"RSA", "", rsa_public, rsa_private}; // RFC 7518 §6.3
const KeyShape ec_shape = {"EC", "P-256", point, scalar}; // RFC 7518 §6.2
const KeyShape okp_shape = {"OKP", "Ed25519", coordinate, scalar}; // RFC 8037 §2
const KeyShape oct_shape = {"oct", "", {}, shared_key}; // RFC 7518 §6.4

constexpr std::size_t curve_bytes = 32; // for both curves

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
    void operator()(BIGNUM* number) const { BN_clear_free(number); }
};
using Context = std::unique_ptr<EVP_PKEY_CTX, Free>;

EvpKey owned(EVP_PKEY* key)
{
    if (key == nullptr)
        ERR_clear_error();
    return {key, Free{}};
}

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL's names for the members of a JWK.
const char* parameter_of(JwsAlgorithm algorithm, std::string_view name)
{
    static const std::map<std::string_view, const char*> rsa = {
        {"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
        {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
        {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
        {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
    };
    static const std::map<std::string_view, const char*> ec = {
        {"x", OSSL_PKEY_PARAM_EC_PUB_X},
        {"y", OSSL_PKEY_PARAM_EC_PUB_Y},
        {"d", OSSL_PKEY_PARAM_PRIV_KEY},
    };
    return (algorithm == JwsAlgorithm::es256 ? ec : rsa).at(name);
}

// The parameters of one key for EVP_PKEY_fromdata, and the bytes that they point to.
class Parameters {
public:
    void add_number(const char* name, const Secret& number)
    {
        std::string native(number.reveal());
        if constexpr (std::endian::native == std::endian::little)
            std::ranges::reverse(native);
        m_parameters.push_back(OSSL_PARAM_construct_BN(name, keep(std::move(native)), number.reveal().size()));
    }
    void add_bytes(const char* name, std::string bytes)
    {
        const auto size = bytes.size();
        m_parameters.push_back(OSSL_PARAM_construct_octet_string(name, keep(std::move(bytes)), size));
    }
    void add_text(const char* name, const char* text)
    {
        m_parameters.push_back(OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(text), 0));
    }

    EvpKey key(const char* type, bool is_private)
    {
        m_parameters.push_back(OSSL_PARAM_construct_end());
        const Context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
        EVP_PKEY* key = nullptr;
        if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1
            || EVP_PKEY_fromdata(context.get(), &key, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                                 m_parameters.data())
                   != 1)
            return owned(nullptr);
        return owned(key);
    }

private:
    unsigned char* keep(std::string bytes)
    {
        m_bytes.push_back(std::make_unique<Secret>(std::move(bytes)));
        return const_cast<unsigned char*>(bytes_of(m_bytes.back()->reveal()));
    }

    std::vector<std::unique_ptr<Secret>> m_bytes; // wiped with this object; their addresses do not change
    std::vector<OSSL_PARAM> m_parameters;
};

EvpKey make_rsa(const KeyNumbers& numbers, bool is_private)
{
    Parameters parameters;
    for (const auto& [name, number] : numbers)
        parameters.add_number(parameter_of(JwsAlgorithm::rs256, name), number);
    return parameters.key("RSA", is_private);
}

EvpKey make_ec(const KeyNumbers& numbers, bool is_private)
{
    Parameters parameters;
    parameters.add_text(OSSL_PKEY_PARAM_GROUP_NAME, "P-256");
    // SEC 1 §2.3.3: an uncompressed point.
    parameters.add_bytes(OSSL_PKEY_PARAM_PUB_KEY,
                         "\x04" + std::string(numbers.at("x").reveal()) + std::string(numbers.at("y").reveal()));
    if (is_private)
        parameters.add_number(OSSL_PKEY_PARAM_PRIV_KEY, numbers.at("d"));
    return parameters.key("EC", is_private);
}

EvpKey make_ed25519(const KeyNumbers& numbers, bool is_private)
{
    const auto x = numbers.at("x").reveal();
    if (!is_private)
        return owned(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, bytes_of(x), x.size()));
    const auto d = numbers.at("d").reveal();
    auto key = owned(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, bytes_of(d), d.size()));
    // RFC 8037 §2: x is the public key of d. OpenSSL derives it and does not check the given one.
    if (key == nullptr || number_of(key, JwsAlgorithm::eddsa, "x").reveal() != x)
        return nullptr;
    return key;
}

Secret raw_bytes(const EvpKey& key, bool is_private)
{
    std::string bytes(curve_bytes, '\0');
    auto* const start = reinterpret_cast<unsigned char*>(bytes.data());
    std::size_t size = bytes.size();
    const int success = is_private ? EVP_PKEY_get_raw_private_key(key.get(), start, &size)
                                   : EVP_PKEY_get_raw_public_key(key.get(), start, &size);
    if (success != 1 || size != curve_bytes)
        throw std::runtime_error("OpenSSL cannot export a key");
    return Secret(std::move(bytes));
}

// For Ed25519 only the length is checked: a verification with bytes that are not a point always fails.
bool is_sound(const EvpKey& key, JwsAlgorithm algorithm, bool is_private)
{
    if (algorithm == JwsAlgorithm::eddsa)
        return true;
    const Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    const int success = is_private ? EVP_PKEY_check(context.get()) : EVP_PKEY_public_check(context.get());
    if (success != 1)
        ERR_clear_error();
    return success == 1;
}

} // namespace

const KeyShape& shape_of(JwsAlgorithm algorithm)
{
    switch (algorithm) {
    case JwsAlgorithm::rs256:
    case JwsAlgorithm::ps256: return rsa_shape;
    case JwsAlgorithm::es256: return ec_shape;
    case JwsAlgorithm::eddsa: return okp_shape;
    case JwsAlgorithm::hs256: break;
    }
    return oct_shape;
}

EvpKey generate_evp_key(JwsAlgorithm algorithm)
{
    EVP_PKEY* key = nullptr;
    switch (algorithm) {
    case JwsAlgorithm::rs256:
    case JwsAlgorithm::ps256: key = EVP_RSA_gen(2048); break;
    case JwsAlgorithm::es256: key = EVP_EC_gen("P-256"); break;
    case JwsAlgorithm::eddsa: key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"); break;
    case JwsAlgorithm::hs256: break;
    }
    if (key == nullptr)
        throw std::runtime_error("OpenSSL cannot generate a key");
    return owned(key);
}

EvpKey make_evp_key(JwsAlgorithm algorithm, const KeyNumbers& numbers, bool is_private)
{
    EvpKey key;
    switch (algorithm) {
    case JwsAlgorithm::rs256:
    case JwsAlgorithm::ps256: key = make_rsa(numbers, is_private); break;
    case JwsAlgorithm::es256: key = make_ec(numbers, is_private); break;
    case JwsAlgorithm::eddsa: key = make_ed25519(numbers, is_private); break;
    case JwsAlgorithm::hs256: break;
    }
    return key != nullptr && is_sound(key, algorithm, is_private) ? key : nullptr;
}

Secret number_of(const EvpKey& key, JwsAlgorithm algorithm, std::string_view name)
{
    if (algorithm == JwsAlgorithm::eddsa)
        return raw_bytes(key, name == "d");
    BIGNUM* found = nullptr;
    EVP_PKEY_get_bn_param(key.get(), parameter_of(algorithm, name), &found);
    const std::unique_ptr<BIGNUM, Free> number(found);
    if (number == nullptr)
        throw std::runtime_error("OpenSSL cannot export a key");
    // RFC 7518 §2: Base64urlUInt has no leading zeros; §6.2.1.2: a coordinate has the length of its field.
    const auto size = algorithm == JwsAlgorithm::es256 ? curve_bytes : static_cast<std::size_t>(BN_num_bytes(found));
    std::string bytes(size, '\0');
    if (BN_bn2binpad(found, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) < 0)
        throw std::runtime_error("OpenSSL cannot export a key");
    return Secret(std::move(bytes));
}

} // namespace stile
