// When the keys are due, one request reads them, and the others use the known ones: a slow Redis delays one request, not
// all.
#include "shared/endpoint/key_ring.h"

#include "shared/crypto/seal.h"
#include "shared/engine/loop.h"

#include <algorithm>

namespace stile {

namespace {

constexpr Seconds longest_lifetime = 5;

std::unexpected<OAuthError> cannot_sign(std::string detail)
{
    return fail(ErrorCode::temporarily_unavailable, "the server cannot sign tokens right now", std::move(detail));
}

std::shared_ptr<const SigningKey> shared_secret_key(const Secret& secret)
{
    auto key = SigningKey::from_shared_secret(secret);
    return key ? std::make_shared<const SigningKey>(key.take()) : nullptr;
}

} // namespace

std::string seal_purpose_of_key(std::string_view kid)
{
    return std::string("stile signing key ").append(kid);
}

KeyRing::KeyRing(Seconds lifetime, const Clock& clock, Secret master_key, const Secret& shared_secret)
    : m_lifetime(std::min(lifetime, longest_lifetime) * 1000),
      m_clock(clock),
      m_master_key(std::move(master_key)),
      m_shared_secret(shared_secret_key(shared_secret))
{
}

std::shared_ptr<const SigningKey> KeyRing::opened(const SigningKeyRecord& record, const Jwk& verifies) const
{
    if (m_master_key.empty())
        return nullptr;
    const auto json = unseal(record.sealed, m_master_key, seal_purpose_of_key(record.kid));
    if (!json)
        return nullptr;
    auto key = SigningKey::from_json(*json, verifies.algorithm());
    return key && key->kid() == record.kid ? std::make_shared<const SigningKey>(key.take()) : nullptr;
}

// A record that cannot be read as a key was changed by hand, and is ignored.
KnownKeys KeyRing::imported(std::vector<SigningKeyRecord> records, const KnownKeys* before) const
{
    KnownKeys known;
    std::vector<Jwk> published;
    for (auto& record : records) {
        KnownKeys::Key key;
        if (before != nullptr) // importing an RSA key takes milliseconds
            for (const auto& old : before->keys)
                if (old.record.kid == record.kid && old.record.public_jwk == record.public_jwk
                    && old.record.sealed == record.sealed)
                    key = old;
        const auto algorithm = parse_jws_algorithm(record.algorithm);
        if (!key.verifies && algorithm && *algorithm != JwsAlgorithm::hs256)
            if (auto jwk = Jwk::from_json(record.public_jwk, algorithm); jwk && jwk->kid() == record.kid) {
                key.verifies = std::make_shared<const Jwk>(jwk.take());
                key.signs = opened(record, *key.verifies);
            }
        if (!key.verifies)
            continue;
        published.push_back(*key.verifies);
        key.record = std::move(record);
        known.keys.push_back(std::move(key));
    }
    if (m_shared_secret)
        published.push_back(m_shared_secret->public_key());
    known.published = JwkSet(std::move(published));
    return known;
}

Result<std::shared_ptr<const KnownKeys>> KeyRing::renewed(SigningKeySource& source)
{
    {
        const std::lock_guard lock(m_mutex);
        m_read_at = m_clock.monotonic_milliseconds();
    }
    auto records = TRY(source.list());
    std::shared_ptr<const KnownKeys> known;
    // Aside, because an RSA key takes 40 ms; and one at a time, so that requests that come together after the start import
    // each key once.
    run_aside([&] {
        const std::lock_guard importing(m_importing);
        std::shared_ptr<const KnownKeys> before;
        {
            const std::lock_guard lock(m_mutex);
            before = m_known;
        }
        known = std::make_shared<const KnownKeys>(imported(std::move(records), before.get()));
        const std::lock_guard lock(m_mutex);
        m_known = known;
    });
    return known;
}

Result<std::shared_ptr<const KnownKeys>> KeyRing::current(SigningKeySource& source)
{
    std::shared_ptr<const KnownKeys> known;
    {
        const std::lock_guard lock(m_mutex);
        known = m_known;
        if (known && m_clock.monotonic_milliseconds() - m_read_at < m_lifetime)
            return known;
    }
    auto renewed_keys = renewed(source);
    return renewed_keys || !known ? std::move(renewed_keys) : Result<std::shared_ptr<const KnownKeys>>(known);
}

Result<std::shared_ptr<const SigningKey>> KeyRing::signer(JwsAlgorithm algorithm, SigningKeySource& source)
{
    if (algorithm == JwsAlgorithm::hs256) {
        if (!m_shared_secret)
            return cannot_sign("no shared secret; set STILE_SECRET_KEY");
        return m_shared_secret;
    }
    const auto known = TRY(current(source));
    const auto found = std::ranges::find_if(known->keys, [&](const KnownKeys::Key& key) {
        return key.verifies->algorithm() == algorithm && key.record.signs_from <= m_clock.now();
    });
    if (found == known->keys.end())
        return cannot_sign("no signing key; run stile keys rotate --alg " + std::string(to_string(algorithm)));
    if (!found->signs)
        return cannot_sign("cannot decrypt the signing key: STILE_KEY_FILE is not set or has changed");
    return found->signs;
}

} // namespace stile
