#include "shared/crypto/seal.h"

#include "shared/crypto/base64.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace stile {

namespace {

constexpr std::size_t nonce_length = 12;
constexpr std::size_t tag_length = 16;
constexpr std::size_t key_length = 32;

template <auto free>
struct Free {
    template <typename T>
    void operator()(T* object) const
    {
        free(object);
    }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

// OpenSSL fails here only when it is out of memory or broken; then no safe operation is possible.
void require(int success)
{
    if (success != 1)
        throw std::runtime_error("OpenSSL cannot derive or encrypt");
}

Secret derive_key(const Secret& secret, std::string_view purpose)
{
    const std::unique_ptr<EVP_KDF, Free<EVP_KDF_free>> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
    const std::unique_ptr<EVP_KDF_CTX, Free<EVP_KDF_CTX_free>> context(EVP_KDF_CTX_new(kdf.get()));
    const auto input = secret.reveal();
    const std::array parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<char*>(input.data()), input.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<char*>(purpose.data()), purpose.size()),
        OSSL_PARAM_construct_end(),
    };
    std::string key(key_length, '\0');
    require(EVP_KDF_derive(context.get(), bytes_of(key), key.size(), parameters.data()));
    return Secret(std::move(key));
}

} // namespace

std::string seal(std::string_view plaintext, const Secret& secret, std::string_view purpose, Random& random)
{
    const Secret key = derive_key(secret, purpose);
    std::string nonce(nonce_length, '\0');
    random.fill({bytes_of(nonce), nonce.size()});
    std::string ciphertext(plaintext.size(), '\0');
    std::string tag(tag_length, '\0');

    const Cipher cipher(EVP_CIPHER_CTX_new());
    int length = 0;
    require(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.reveal()), bytes_of(nonce)));
    require(EVP_EncryptUpdate(cipher.get(), bytes_of(ciphertext), &length, bytes_of(plaintext),
                              static_cast<int>(plaintext.size())));
    require(EVP_EncryptFinal_ex(cipher.get(), bytes_of(ciphertext) + length, &length));
    require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_length, tag.data()));
    return base64_encode(nonce + ciphertext + tag);
}

std::optional<Secret> unseal(std::string_view sealed, const Secret& secret, std::string_view purpose)
{
    auto bytes = base64_decode(sealed);
    if (!bytes || bytes->size() < nonce_length + tag_length)
        return std::nullopt;
    const Secret key = derive_key(secret, purpose);
    std::string tag = bytes->substr(bytes->size() - tag_length);
    const std::string_view ciphertext(bytes->data() + nonce_length, bytes->size() - nonce_length - tag_length);
    std::string plaintext(ciphertext.size(), '\0');

    const Cipher cipher(EVP_CIPHER_CTX_new());
    int length = 0;
    require(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.reveal()), bytes_of(*bytes)));
    require(EVP_DecryptUpdate(cipher.get(), bytes_of(plaintext), &length, bytes_of(ciphertext),
                              static_cast<int>(ciphertext.size())));
    require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_length, tag.data()));
    if (EVP_DecryptFinal_ex(cipher.get(), bytes_of(plaintext) + length, &length) != 1)
        return std::nullopt;
    return Secret(std::move(plaintext));
}

} // namespace stile
