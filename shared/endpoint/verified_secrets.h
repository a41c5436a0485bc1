// The chosen client secrets that were verified within the last minute, so that not every token request computes an
// Argon2id hash.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/secret.h"
#include "shared/crypto/random.h"

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace stile {

// Holds no secret: the key of an entry is an HMAC, under a key of this process, of the stored hash and the presented
// secret. So the entry of a client is void when its secret changes. Wrong secrets are not kept. Thread-safe.
class VerifiedSecrets {
public:
    VerifiedSecrets(const Clock& clock, Random& random);

    bool knows(const Secret& presented, std::string_view hash);
    void remember(const Secret& presented, std::string_view hash);

private:
    std::string fingerprint(const Secret& presented, std::string_view hash) const;

    const Clock& m_clock;
    Secret m_key;
    std::mutex m_mutex;
    std::map<std::string, std::int64_t> m_verified_at; // monotonic milliseconds
};

} // namespace stile
