#include "shared/endpoint/verified_secrets.h"

#include "shared/crypto/digest.h"

namespace stile {

namespace {

constexpr std::int64_t lifetime = 60'000; // milliseconds
constexpr std::size_t max_entries = 10'000;

} // namespace

VerifiedSecrets::VerifiedSecrets(const Clock& clock, Random& random) : m_clock(clock), m_key(random.base62(43)) {}

std::string VerifiedSecrets::fingerprint(const Secret& presented, std::string_view hash) const
{
    std::string message(hash);
    message += '\0'; // no hash contains one
    message += presented.reveal();
    auto digest = hmac_sha256(m_key.reveal(), message);
    ::explicit_bzero(message.data(), message.size());
    return digest;
}

bool VerifiedSecrets::knows(const Secret& presented, std::string_view hash)
{
    const auto key = fingerprint(presented, hash);
    const std::lock_guard lock(m_mutex);
    const auto entry = m_verified_at.find(key);
    const auto now = m_clock.monotonic_milliseconds();
    if (entry == m_verified_at.end() || now - entry->second >= lifetime)
        return false;
    entry->second = now; // a client that is busy stays known
    return true;
}

void VerifiedSecrets::remember(const Secret& presented, std::string_view hash)
{
    auto key = fingerprint(presented, hash);
    const std::lock_guard lock(m_mutex);
    if (m_verified_at.size() >= max_entries)
        m_verified_at.clear();
    m_verified_at[std::move(key)] = m_clock.monotonic_milliseconds();
}

} // namespace stile
