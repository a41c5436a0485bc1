// Random values. The source is passed in through Context, so that tests can set it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace stile {

// Thread-safe.
class Random {
public:
    virtual ~Random() = default;

    // Fills `bytes` with unpredictable bytes.
    virtual void fill(std::span<unsigned char> bytes) = 0;

    // `length` characters of [0-9A-Za-z], uniformly; 5.95 bits each.
    std::string base62(std::size_t length);
};

// OpenSSL's generator. Ends the process if the system has no entropy, because no safe operation is possible.
class SystemRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override;
};

// Maps uniformly distributed bytes to at most `length` base62 characters by rejection; fewer if the bytes run out.
std::string base62_from(std::span<const unsigned char> bytes, std::size_t length);

} // namespace stile
