// Hashes of what people choose (Argon2id, slow) and of what Stile generates (salted SHA-256, fast).
#pragma once

#include "shared/base/secret.h"
#include "shared/crypto/random.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace stile {

// Argon2id, m = 19 MiB, t = 2, p = 1 (OWASP's first choice), in PHC format: $argon2id$v=19$m=…
std::string hash_password(const Secret& password, Random& random);

// For secrets of at least 128 bits that Stile generated: $sha256$<salt>$<digest>. Never for a chosen one.
std::string hash_generated_secret(const Secret& secret, Random& random);

// Is `hash` the slow kind, so that verifying is worth remembering?
bool is_slow_hash(std::string_view hash);

// Could the two above have written `hash`, or another server that knows Argon2id as they do, at a price that can be paid?
// For hashes that come from elsewhere.
bool is_secret_hash(std::string_view hash);

// Verifies either kind; false for a hash of any other form. Thread-safe.
class PasswordVerifier {
public:
    // At most `concurrency` slow verifications run at once, each with 19 MiB.
    explicit PasswordVerifier(int concurrency) : m_free(concurrency) {}

    // The right to one slow verification, given back when it goes.
    class Turn {
    public:
        explicit Turn(PasswordVerifier& of) : m_of(&of) {}
        Turn(Turn&& other) noexcept : m_of(std::exchange(other.m_of, nullptr)) {}
        Turn& operator=(Turn&&) = delete;
        ~Turn()
        {
            if (m_of != nullptr)
                m_of->give_back();
        }

    private:
        PasswordVerifier* m_of;
    };

    // Waits for a turn, first come, first served; nothing when none came within ten seconds: then the server is busier
    // than it should answer for.
    std::optional<Turn> take_turn();

    // How many wait for a turn now.
    std::size_t waiting();

    // To be called with a turn in hand unless the hash is fast. Throws std::bad_alloc when there is no memory for it:
    // that says nothing about the password.
    static bool verify(const Secret& presented, const std::string& hash);

    // Costs as much as verify() of a password and is always false: for users that do not exist (ASVS 5.0 V6.3.8).
    static bool verify_in_vain(const Secret& presented);

private:
    struct Waiting {
        std::condition_variable called;
        bool has_turn = false;
    };

    void give_back();

    std::mutex m_mutex;
    int m_free;
    std::deque<Waiting*> m_queue;
};

} // namespace stile
