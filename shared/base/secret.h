// A string that must not leak: it has no operator<<, no comparison (crypto/digest.h compares in constant time), and
// overwrites its bytes when it is destroyed. For tokens, codes, passwords, client secrets and cookie values.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace stile {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : m_value(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept { m_value.swap(other.m_value); }
    Secret& operator=(const Secret& other)
    {
        if (this != &other) {
            wipe();
            m_value = other.m_value;
        }
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept
    {
        m_value.swap(other.m_value);
        return *this;
    }
    ~Secret() { wipe(); }

    // The bytes. Valid as long as this object; only for a digest, a comparison or the response.
    std::string_view reveal() const { return m_value; }
    bool empty() const { return m_value.empty(); }

private:
    void wipe() { ::explicit_bzero(m_value.data(), m_value.size()); }

    std::string m_value;
};

} // namespace stile
