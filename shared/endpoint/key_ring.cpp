// When the keys are due, one request reads them, and the others use the known ones: a slow Redis delays one request, not
// all.
#include "shared/endpoint/key_ring.h"

#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
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

Secret master_key_for(KeyPurpose purpose, const Secret& master_key)
{
    if (purpose == KeyPurpose::tokens || master_key.empty())
        return Secret(std::string(master_key.reveal()));
    return Secret(base64url_encode(
        hmac_sha256(master_key.reveal(), std::string("stile master key for ").append(to_string(purpose)))));
}

std::optional<SigningKey> unseal_key(const SigningKeyRecord& record, const Secret& master_key)
{
    const auto algorithm = parse_jws_algorithm(record.algorithm);
    if (master_key.empty() || !algorithm)
        return std::nullopt;
    const auto own_key = master_key_for(record.purpose, master_key);
    for (const auto* sealed : {&record.sealed, &record.sealed_next})
        for (const auto* key : {&master_key, &own_key})
            if (const auto json = unseal(*sealed, *key, seal_purpose_of_key(record.kid)))
                if (auto opened = SigningKey::from_json(*json, algorithm); opened && opened->kid() == record.kid)
                    return opened.take();
    return std::nullopt;
}

KeyRing::KeyRing(Seconds lifetime, const Clock& clock, Secret master_key, const Secret& shared_secret)
    : m_lifetime(std::min(lifetime, longest_lifetime) * 1000),
      m_clock(clock),
      m_master_key(std::move(master_key)),
      m_shared_secret(shared_secret_key(shared_secret))
{
}

std::shared_ptr<const SigningKey> KeyRing::opened(const SigningKeyRecord& record) const
{
    auto key = unseal_key(record, m_master_key);
    return key ? std::make_shared<const SigningKey>(std::move(*key)) : nullptr;
}

// A record that cannot be read as a key was changed by hand, and is ignored.
KnownKeys KeyRing::imported(std::vector<SigningKeyRecord> records, const KnownKeys* before) const
{
    KnownKeys known;
    std::vector<Jwk> published;
    std::vector<Jwk> for_tokens;
    for (auto& record : records) {
        KnownKeys::Key key;
        if (before != nullptr) // importing an RSA key takes milliseconds
            for (const auto& old : before->keys)
                // An open one stays open when it is sealed anew: this process may still have the master key of before.
                if (old.record.kid == record.kid && old.record.public_jwk == record.public_jwk
                    && old.record.purpose == record.purpose
                    && (old.signs
                        || (old.record.sealed == record.sealed && old.record.sealed_next == record.sealed_next)))
                    key = old;
        const auto algorithm = parse_jws_algorithm(record.algorithm);
        if (!key.verifies && algorithm && *algorithm != JwsAlgorithm::hs256)
            if (auto jwk = Jwk::from_json(record.public_jwk, algorithm); jwk && jwk->kid() == record.kid) {
                key.verifies = std::make_shared<const Jwk>(jwk.take());
                key.signs = opened(record);
            }
        if (!key.verifies)
            continue;
        published.push_back(*key.verifies);
        if (record.purpose == KeyPurpose::tokens)
            for_tokens.push_back(*key.verifies);
        key.record = std::move(record);
        known.keys.push_back(std::move(key));
    }
    if (m_shared_secret)
        for_tokens.push_back(m_shared_secret->public_key());
    known.published = JwkSet(std::move(published));
    known.for_tokens = JwkSet(std::move(for_tokens));
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

Result<std::shared_ptr<const SigningKey>> KeyRing::signer(JwsAlgorithm algorithm, SigningKeySource& source,
                                                          KeyPurpose purpose)
{
    if (algorithm == JwsAlgorithm::hs256) {
        if (!m_shared_secret)
            return cannot_sign("no shared secret; set STILE_SECRET_KEY");
        return m_shared_secret;
    }
    const auto known = TRY(current(source));
    const auto newest = [&](KeyPurpose its_purpose) {
        return std::ranges::find_if(known->keys, [&](const KnownKeys::Key& key) {
            return key.verifies->algorithm() == algorithm && key.record.purpose == its_purpose
                   && key.record.signs_from <= m_clock.now();
        });
    };
    auto found = newest(purpose);
    if (found == known->keys.end())
        found = newest(KeyPurpose::tokens);
    if (found == known->keys.end())
        return cannot_sign("no signing key; run stile keys rotate --alg " + std::string(to_string(algorithm)));
    if (!found->signs)
        return cannot_sign("cannot decrypt the signing key: STILE_KEY_FILE is not set or has changed"
                           + (found->record.purpose == purpose
                                  ? std::string()
                                  : ", or there is no key for this; run stile keys rotate --for "
                                        + std::string(to_string(purpose)) + " --alg "
                                        + std::string(to_string(algorithm))));
    return found->signs;
}

} // namespace stile
