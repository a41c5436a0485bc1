// The signing keys as a process remembers them: read from Redis every few seconds, imported once. So a rotation is
// picked up without a restart, and a token is verified without Redis.
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

// Whoever seals a private key uses this purpose, so that no sealed key can be put under another one's name.
std::string seal_purpose_of_key(std::string_view kid);

// The keys of one moment; does not change.
struct KnownKeys {
    struct Key {
        SigningKeyRecord record;
        std::shared_ptr<const Jwk> verifies;
        std::shared_ptr<const SigningKey> signs; // null in a process that has no master key, or not the right one
    };
    std::vector<Key> keys; // the newest first
    JwkSet published{{}}; // all of them, and the shared secret of HS256, which its JSON leaves out
};

// Shared by the threads of a process; thread-safe. While Redis is away it stays with what it knows.
class KeyRing {
public:
    // Remembers for `lifetime`, at most 5 seconds; 0 reads each time. `master_key` may be empty: then it only verifies.
    KeyRing(Seconds lifetime, const Clock& clock, Secret master_key, const Secret& shared_secret);

    Result<std::shared_ptr<const KnownKeys>> current(SigningKeySource& source);

    // Read now: a token names a key that is not known yet.
    Result<std::shared_ptr<const KnownKeys>> renewed(SigningKeySource& source);

    // The newest key of the algorithm whose time to sign has come. temporarily_unavailable when there is none.
    Result<std::shared_ptr<const SigningKey>> signer(JwsAlgorithm algorithm, SigningKeySource& source);

private:
    KnownKeys imported(std::vector<SigningKeyRecord> records, const KnownKeys* before) const;
    std::shared_ptr<const SigningKey> opened(const SigningKeyRecord& record, const Jwk& verifies) const;

    std::int64_t m_lifetime; // milliseconds
    const Clock& m_clock;
    Secret m_master_key;
    std::shared_ptr<const SigningKey> m_shared_secret; // of HS256; null when there is none

    std::mutex m_mutex;
    std::shared_ptr<const KnownKeys> m_known; // null before the first reading
    std::int64_t m_read_at = 0; // monotonic milliseconds: when it was last tried
};

} // namespace stile
