// The signing keys in the memory of a process: read from Redis every few seconds, imported once. So a rotation is
// noticed without a restart, and a token is verified without Redis.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/secret.h"
#include "shared/crypto/jwk_set.h"
#include "shared/store/signing_keys.h"

#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace stile {

// The purpose for sealing this private key. It names the key, so a sealed key cannot be stored under another kid.
std::string seal_purpose_of_key(std::string_view kid);

// The master key of a purpose: for tokens the master key itself, for the others one that is derived from it and tells nothing
// about it (HMAC-SHA256).
Secret master_key_for(KeyPurpose purpose, const Secret& master_key);

// The private key of the record, by either of its seals. `master_key` may be that of all purposes, or of the record's alone.
std::optional<SigningKey> unseal_key(const SigningKeyRecord& record, const Secret& master_key);

// The keys at one moment; immutable.
struct KnownKeys {
    struct Key {
        SigningKeyRecord record;
        std::shared_ptr<const Jwk> verifies;
        std::shared_ptr<const SigningKey> signs; // null without the right master key
    };
    std::vector<Key> keys; // the newest first
    JwkSet published{{}}; // the keys of all purposes, for clients
    JwkSet for_tokens{{}}; // what ID and access tokens are verified with: the keys for tokens, and the secret of HS256
};

// Shared by the threads of a process; thread-safe. While Redis is unavailable it keeps the keys that it has.
class KeyRing {
public:
    // Keeps the keys for `lifetime`, at most 5 seconds; 0: reads them each time. Without a `master_key` it only
    // verifies.
    KeyRing(Seconds lifetime, const Clock& clock, Secret master_key, const Secret& shared_secret);

    Result<std::shared_ptr<const KnownKeys>> current(SigningKeySource& source);

    // Reads the keys now, because a token names a key that is not known yet.
    Result<std::shared_ptr<const KnownKeys>> renewed(SigningKeySource& source);

    // The newest key of the algorithm and the purpose that is in use already. Where there is none for the purpose, that for
    // tokens, as in versions that knew no purposes. temporarily_unavailable if there is none, or it cannot be opened.
    Result<std::shared_ptr<const SigningKey>> signer(JwsAlgorithm algorithm, SigningKeySource& source,
                                                     KeyPurpose purpose = KeyPurpose::tokens);

private:
    KnownKeys imported(std::vector<SigningKeyRecord> records, const KnownKeys* before) const;
    std::shared_ptr<const SigningKey> opened(const SigningKeyRecord& record) const;

    std::int64_t m_lifetime; // milliseconds
    const Clock& m_clock;
    Secret m_master_key;
    std::shared_ptr<const SigningKey> m_shared_secret; // of HS256; may be null

    std::mutex m_importing; // held on helper threads only, or outside of fibers
    std::mutex m_mutex;
    std::shared_ptr<const KnownKeys> m_known; // null before the first read
    std::int64_t m_read_at = 0; // monotonic milliseconds: the last attempt
};

} // namespace stile
