// The checks of chosen client secrets that are under way. The requests of a busy client cost one hash, and guesses at the
// secret of one client do not fill the queue for hashes.
#pragma once

#include "shared/endpoint/hash_queue.h"
#include "shared/oauth/error.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace stile {

// To be used on the loop's thread.
class SecretChecks {
public:
    SecretChecks(Loop& loop, HashQueue& queue) : m_loop(loop), m_queue(queue) {}

    struct Presented {
        const std::string& client_id;
        const std::string& fingerprint; // of the secret and its hash (VerifiedSecrets)
        HashQueue::Caller caller;
    };

    // Whether the secret is right, as `compute` says; it may wait. While the same secret is being checked for another
    // request, waits for the result of that. While another secret of this client is being checked, a stranger's is refused
    // at once: temporarily_unavailable, and `compute` was not called.
    Result<bool> check(const Presented& presented, const std::function<Result<bool>()>& compute);

private:
    struct Check;
    class Ending;

    Loop& m_loop;
    HashQueue& m_queue;
    std::map<std::pair<std::string, std::string>, std::shared_ptr<Check>> m_under_way; // by client id and fingerprint
    std::set<std::string> m_guessed; // ids of the clients of which a stranger's secret is under way
};

// The refusal by a queue for hashes; nothing was checked or counted.
std::unexpected<OAuthError> too_busy_to_hash(std::string detail);

} // namespace stile
