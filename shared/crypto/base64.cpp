#include "shared/crypto/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace stile {

namespace {

// RFC 4648 §5, table 2; -1 for other characters.
int base64url_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

} // namespace

std::string base64_encode(std::string_view bytes)
{
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0'); // EVP_EncodeBlock ends with a NUL
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(length));
    return text;
}

std::string base64url_encode(std::string_view bytes)
{
    std::string text = base64_encode(bytes);
    text.erase(std::min(text.find('='), text.size()));
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

std::optional<std::string> base64_decode(std::string_view text)
{
    if (text.empty() || text.size() % 4 != 0)
        return std::nullopt;
    const auto padding = static_cast<std::size_t>(std::ranges::count(text.substr(text.size() - 2), '='));
    std::string bytes(text.size() / 4 * 3, '\0');
    const int length =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0)
        return std::nullopt;
    bytes.resize(static_cast<std::size_t>(length) - padding);
    // EVP_DecodeBlock accepts white space, padding in the middle and non-zero pad bits; so compare with the re-encoded
    // text.
    if (base64_encode(bytes) != text)
        return std::nullopt;
    return bytes;
}

// Makes no intermediate copy, because private keys are decoded here.
std::optional<std::string> base64url_decode(std::string_view text)
{
    if (text.size() % 4 == 1) // six bits are not a byte
        return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    unsigned pending = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const int value = base64url_value(c);
        if (value < 0)
            return std::nullopt;
        pending = pending << 6 | static_cast<unsigned>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(pending >> bits);
            pending &= (1U << bits) - 1;
        }
    }
    if (pending != 0) // RFC 4648 §3.5: the pad bits are zero
        return std::nullopt;
    return bytes;
}

} // namespace stile
