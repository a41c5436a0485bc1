#include "shared/endpoint/end_login.h"

#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "shared/oauth/subject.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace stile {

namespace {

// Late: recorded while the session ended. The client may have been notified already, for another grant.
enum class Recorded { before, late };

// The `jti`. It stays the same if the end of this session is repeated, by a double click or after a failure of Redis.
std::string notice_id(const EndingLogin& login, const std::string& client_id, Recorded recorded)
{
    const auto* purpose = recorded == Recorded::late ? "stile late logout " : "stile logout ";
    return base64url_encode(hmac_sha256(login.session_id, purpose + client_id)).substr(0, 22);
}

// One notice per client, however many grants of this login it has.
Result<std::vector<LogoutNotice>> notices_about(const std::vector<Sessions::RecordedGrant>& grants,
                                                const EndingLogin& login, Recorded recorded, Stores& stores)
{
    std::set<std::string> client_ids;
    for (const auto& grant : grants)
        client_ids.insert(grant.client_id);
    std::vector<LogoutNotice> notices;
    for (const auto& id : client_ids) {
        const auto client = TRY(stores.clients.find(id));
        if (client && !client->backchannel_logout_uri.empty())
            notices.push_back(
                {notice_id(login, id, recorded), id, subject_for(*client, login.subject), sid_for(id, login.login_id)});
    }
    return notices;
}

// Ends these grants, and the session unless they are late ones, and queues the notices about them.
Result<void> end_and_notify(const std::vector<Sessions::RecordedGrant>& grants, const EndingLogin& login,
                            Recorded recorded, Stores& stores, const Clock& clock, const OnRevoked& on_revoked)
{
    LoginEndings::Ending ending;
    ending.notices = TRY(notices_about(grants, login, recorded, stores));
    if (recorded == Recorded::before)
        ending.session_id = login.session_id;
    std::vector<Sessions::RecordedGrant> online;
    std::ranges::copy_if(grants, std::back_inserter(online), [](const auto& grant) { return !grant.is_offline; });
    std::ranges::transform(online, std::back_inserter(ending.grant_ids), &Sessions::RecordedGrant::grant_id);
    const auto revoked = TRY(stores.login_endings.end(ending, clock.now() * 1000));
    for (std::size_t i = 0; i < online.size(); ++i)
        if (revoked[i])
            on_revoked(online[i]);
    return {};
}

} // namespace

Result<void> end_login(const EndingLogin& login, Stores& stores, const Clock& clock, const OnRevoked& on_revoked)
{
    const auto grants = TRY(stores.sessions.grants_of(login.login_id));
    TRY(end_and_notify(grants, login, Recorded::before, stores, clock, on_revoked));
    // Grants that were recorded in between. A grant recorded from here on finds no session, and is revoked
    // (confirm_session).
    auto late = TRY(stores.sessions.pop_grants(login.login_id));
    std::erase_if(late, [&](const auto& grant) { return std::ranges::find(grants, grant) != grants.end(); });
    return end_and_notify(late, login, Recorded::late, stores, clock, on_revoked);
}

} // namespace stile
