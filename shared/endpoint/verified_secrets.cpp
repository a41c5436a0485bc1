#include "shared/endpoint/verified_secrets.h"

#include "shared/crypto/digest.h"

namespace stile {

namespace {

constexpr std::int64_t minute = 60'000; // milliseconds
constexpr std::int64_t day = 24 * 60 * minute;
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

std::optional<std::int64_t> VerifiedSecrets::age_of(const std::string& fingerprint) const
{
    const auto entry = m_known_at.find(fingerprint);
    if (entry == m_known_at.end())
        return std::nullopt;
    return m_clock.monotonic_milliseconds() - entry->second;
}

bool VerifiedSecrets::knows(const Secret& presented, std::string_view hash)
{
    const auto key = fingerprint(presented, hash);
    const std::lock_guard lock(m_mutex);
    const auto age = age_of(key);
    if (!age || *age >= minute)
        return false;
    m_known_at[key] = m_clock.monotonic_milliseconds(); // a client that is busy stays known
    return true;
}

bool VerifiedSecrets::was_right_lately(const Secret& presented, std::string_view hash)
{
    const auto key = fingerprint(presented, hash);
    const std::lock_guard lock(m_mutex);
    const auto age = age_of(key);
    return age && *age < day;
}

void VerifiedSecrets::remember(const Secret& presented, std::string_view hash)
{
    auto key = fingerprint(presented, hash);
    const std::lock_guard lock(m_mutex);
    if (m_known_at.size() >= max_entries)
        m_known_at.clear();
    m_known_at[std::move(key)] = m_clock.monotonic_milliseconds();
}

} // namespace stile
