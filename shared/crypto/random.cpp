#include "shared/crypto/random.h"

#include <openssl/rand.h>

#include <array>
#include <exception>
#include <string_view>

namespace stile {

std::string base62_from(std::span<const unsigned char> bytes, std::size_t length)
{
    static constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static constexpr unsigned usable =
        256 / alphabet.size() * alphabet.size(); // larger bytes would make modulo favour the first characters
    std::string text;
    text.reserve(length);
    for (const unsigned char byte : bytes) {
        if (text.size() == length)
            break;
        if (byte < usable)
            text += alphabet[byte % alphabet.size()];
    }
    return text;
}

std::string Random::base62(std::size_t length)
{
    std::string text;
    std::array<unsigned char, 64> bytes{};
    while (text.size() < length) {
        fill(bytes);
        text += base62_from(bytes, length - text.size());
    }
    return text;
}

void SystemRandom::fill(std::span<unsigned char> bytes)
{
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        std::terminate();
}

} // namespace stile
