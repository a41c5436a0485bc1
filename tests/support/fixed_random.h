// Random values that a test knows in advance.
#pragma once

#include "shared/crypto/random.h"

#include <mutex>
#include <random>
#include <utility>
#include <vector>

namespace stile::test {

// The same bytes in every run, and for one seed; it does not repeat itself, so ids drawn from it differ.
class FixedRandom final : public Random {
public:
    explicit FixedRandom(std::uint64_t seed = 1) : m_engine(seed) {}

    void fill(std::span<unsigned char> bytes) override
    {
        const std::lock_guard lock(m_mutex);
        for (auto& byte : bytes)
            byte = static_cast<unsigned char>(m_engine());
    }

private:
    std::mutex m_mutex;
    std::mt19937_64 m_engine;
};

// Exactly these bytes; starts again from the beginning when they run out.
class ScriptedRandom final : public Random {
public:
    explicit ScriptedRandom(std::vector<unsigned char> script) : m_script(std::move(script)) {}

    void fill(std::span<unsigned char> bytes) override
    {
        for (auto& byte : bytes)
            byte = m_script[m_next++ % m_script.size()];
    }

private:
    std::vector<unsigned char> m_script;
    std::size_t m_next = 0;
};

} // namespace stile::test
