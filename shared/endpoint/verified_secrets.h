// The chosen client secrets that were verified within the last minute, so that not every token request computes an
// Argon2id hash; and those that were right within the last day, so that their hashes go first (hash_queue.h).
#pragma once

#include "shared/base/clock.h"
#include "shared/base/secret.h"
#include "shared/crypto/random.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace stile {

// Holds no secret: the key of an entry is an HMAC, under a key of this process, of the stored hash and the presented
// secret. So the entry of a client is void when its secret changes. Wrong secrets are not kept. Thread-safe.
class VerifiedSecrets {
public:
    VerifiedSecrets(const Clock& clock, Random& random);

    // Whether it was verified, or known here, within the last minute: then it is right.
    bool knows(const Secret& presented, std::string_view hash);

    // Whether it was verified, or known here, within the last day: then it is worth a hash before others.
    bool was_right_lately(const Secret& presented, std::string_view hash);

    void remember(const Secret& presented, std::string_view hash);

    // The same for the same secret and hash, in this process; tells nothing of them.
    std::string fingerprint(const Secret& presented, std::string_view hash) const;

private:
    // Milliseconds since the secret was verified or known; nothing if it is not remembered. Requires the mutex.
    std::optional<std::int64_t> age_of(const std::string& fingerprint) const;

    const Clock& m_clock;
    Secret m_key;
    std::mutex m_mutex;
    std::map<std::string, std::int64_t> m_known_at; // monotonic milliseconds; by fingerprint
};

} // namespace stile
