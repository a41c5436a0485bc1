#include "shared/crypto/digest.h"

#include "shared/crypto/base64.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace stile {

namespace {

unsigned char* writable(std::string& text)
{
    return reinterpret_cast<unsigned char*>(text.data());
}

} // namespace

std::string sha256(std::string_view bytes)
{
    std::string digest(32, '\0');
    EVP_Q_digest(nullptr, "SHA256", nullptr, bytes.data(), bytes.size(), writable(digest), nullptr);
    return digest;
}

std::string sha256_base64url(std::string_view bytes)
{
    return base64url_encode(sha256(bytes));
}

std::string hmac_sha256(std::string_view key, std::string_view message)
{
    std::string code(32, '\0');
    EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
              reinterpret_cast<const unsigned char*>(message.data()), message.size(), writable(code), code.size(),
              nullptr);
    return code;
}

bool equal_in_constant_time(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace stile
