// The algorithms differ in the digest, the padding of RSA, and the format of an ECDSA signature: OpenSSL uses DER
// (SEQUENCE of r and s), a JWS has r and s side by side, 32 bytes each (RFC 7518 §3.4).
#include "shared/crypto/signature.h"

#include "shared/engine/loop.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <optional>
#include <stdexcept>

namespace stile {

namespace {

constexpr int scalar_bytes = 32;
constexpr std::size_t ed25519_bytes = 64;

struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
    void operator()(BIGNUM* number) const { BN_free(number); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free>;
using Number = std::unique_ptr<BIGNUM, Free>;

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

// Ed25519 computes its hash itself (RFC 8032 §5.1).
const EVP_MD* digest_of(JwsAlgorithm algorithm)
{
    return algorithm == JwsAlgorithm::eddsa ? nullptr : EVP_sha256();
}

bool set_padding(JwsAlgorithm algorithm, EVP_PKEY_CTX* context)
{
    switch (algorithm) {
    case JwsAlgorithm::rs256: return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    case JwsAlgorithm::ps256:
        // RFC 7518 §3.5: the salt is as long as the hash, MGF1 uses the same hash (OpenSSL's default).
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
               && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
    case JwsAlgorithm::es256:
    case JwsAlgorithm::eddsa: return true;
    case JwsAlgorithm::hs256: break;
    }
    return false;
}

// The required length of the signature in a JWS; for RSA the length of the modulus (RFC 8017 §8.1.2, §8.2.2).
std::size_t length_of(JwsAlgorithm algorithm, const EvpKey& key)
{
    switch (algorithm) {
    case JwsAlgorithm::rs256:
    case JwsAlgorithm::ps256: return static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
    case JwsAlgorithm::es256: return 2 * scalar_bytes;
    case JwsAlgorithm::eddsa: return ed25519_bytes;
    case JwsAlgorithm::hs256: break;
    }
    return 0; // no signature has this length
}

std::optional<std::string> side_by_side(std::string_view der)
{
    const auto* start = bytes_of(der);
    const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &start, static_cast<long>(der.size())));
    std::string bytes(2 * scalar_bytes, '\0');
    if (signature == nullptr || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes_of(bytes), scalar_bytes) < 0
        || BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes_of(bytes) + scalar_bytes, scalar_bytes) < 0)
        return std::nullopt;
    return bytes;
}

std::optional<std::string> as_der(std::string_view bytes)
{
    const EcdsaSignature signature(ECDSA_SIG_new());
    Number r(BN_bin2bn(bytes_of(bytes), scalar_bytes, nullptr));
    Number s(BN_bin2bn(bytes_of(bytes) + scalar_bytes, scalar_bytes, nullptr));
    if (signature == nullptr || r == nullptr || s == nullptr)
        return std::nullopt;
    ECDSA_SIG_set0(signature.get(), r.release(), s.release());
    const int length = i2d_ECDSA_SIG(signature.get(), nullptr);
    if (length <= 0)
        return std::nullopt;
    std::string der(static_cast<std::size_t>(length), '\0');
    auto* start = bytes_of(der);
    i2d_ECDSA_SIG(signature.get(), &start);
    return der;
}

std::string sign(JwsAlgorithm algorithm, const EvpKey& key, std::string_view message)
{
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr; // belongs to context
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
    std::size_t length = signature.size();
    if (EVP_DigestSignInit(context.get(), &options, digest_of(algorithm), nullptr, key.get()) != 1
        || !set_padding(algorithm, options)
        || EVP_DigestSign(context.get(), bytes_of(signature), &length, bytes_of(message), message.size()) != 1)
        throw std::runtime_error("OpenSSL cannot sign");
    signature.resize(length);
    if (algorithm == JwsAlgorithm::es256)
        return side_by_side(signature).value();
    return signature;
}

bool is_rsa(JwsAlgorithm algorithm)
{
    return algorithm == JwsAlgorithm::rs256 || algorithm == JwsAlgorithm::ps256;
}

} // namespace

std::string make_signature(JwsAlgorithm algorithm, const EvpKey& key, std::string_view message)
{
    if (!is_rsa(algorithm)) // takes less time than the way to another thread and back
        return sign(algorithm, key, message);
    std::string signature;
    run_aside([&] { signature = sign(algorithm, key, message); });
    return signature;
}

bool check_signature(JwsAlgorithm algorithm, const EvpKey& key, std::string_view message, std::string_view signature)
{
    if (key == nullptr || signature.empty() || signature.size() != length_of(algorithm, key))
        return false;
    std::string form(signature);
    if (algorithm == JwsAlgorithm::es256) {
        auto der = as_der(signature);
        if (!der)
            return false;
        form = std::move(*der);
    }
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* options = nullptr; // belongs to context
    const bool good =
        EVP_DigestVerifyInit(context.get(), &options, digest_of(algorithm), nullptr, key.get()) == 1
        && set_padding(algorithm, options)
        // Only 1 is success; 0 is a wrong signature, negative values are errors.
        && EVP_DigestVerify(context.get(), bytes_of(form), form.size(), bytes_of(message), message.size()) == 1;
    if (!good)
        ERR_clear_error();
    return good;
}

} // namespace stile
