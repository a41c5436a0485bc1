#include "shared/endpoint/secret_checks.h"

#include <optional>

namespace stile {

struct SecretChecks::Check {
    explicit Check(Loop& loop) : done(loop) {}
    Gate done;
    std::optional<Result<bool>> result; // nothing if the check failed with an exception
};

// Takes the check from the list and wakes those that wait for it, however it ends.
class SecretChecks::Ending {
public:
    Ending(SecretChecks& of, const Presented& presented) : m_of(of), m_presented(presented) {}
    ~Ending()
    {
        const auto own = m_of.m_under_way.find({m_presented.client_id, m_presented.fingerprint});
        own->second->done.open();
        m_of.m_under_way.erase(own);
        if (m_presented.caller == HashQueue::Caller::stranger)
            m_of.m_guessed.erase(m_presented.client_id);
    }
    Ending(const Ending&) = delete;
    Ending& operator=(const Ending&) = delete;

private:
    SecretChecks& m_of;
    const Presented& m_presented;
};

std::unexpected<OAuthError> too_busy_to_hash(std::string detail)
{
    return fail(ErrorCode::temporarily_unavailable, "the server is busy; try again shortly", std::move(detail));
}

Result<bool> SecretChecks::check(const Presented& presented, const std::function<Result<bool>()>& compute)
{
    const std::pair key = {presented.client_id, presented.fingerprint};
    for (auto other = m_under_way.find(key); other != m_under_way.end(); other = m_under_way.find(key)) {
        const auto under_way = other->second;
        if (!m_queue.wait_for(under_way->done, presented.caller))
            return too_busy_to_hash("no room to wait for a hash");
        // A wait is that of the other's address. Where there is no result, this request tries for itself.
        const auto& result = under_way->result;
        if (result && (*result || result->error().wait == 0))
            return *result;
    }
    if (presented.caller == HashQueue::Caller::stranger && !m_guessed.insert(presented.client_id).second)
        return too_busy_to_hash("another secret of this client is being checked");
    const auto own = std::make_shared<Check>(m_loop);
    m_under_way.emplace(key, own);
    const Ending ending(*this, presented);
    own->result = compute();
    return *own->result;
}

} // namespace stile
