#include "shared/endpoint/end_login.h"

#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "shared/oauth/subject.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace stile {

namespace {

// Late: what was noted while the session ended. Its client may have been told already.
enum class Noted { before, late };

// The `jti`: the same however often the end of this session is begun, by a double click or after a Redis that was away.
std::string notice_id(const EndingLogin& login, const std::string& client_id, Noted noted)
{
    const auto* purpose = noted == Noted::late ? "stile late logout " : "stile logout ";
    return base64url_encode(hmac_sha256(login.session_id, purpose + client_id)).substr(0, 22);
}

// One for each client, however many grants it has of this login.
Result<std::vector<LogoutNotice>> notices_about(const std::vector<Sessions::Noted>& grants, const EndingLogin& login,
                                                Noted noted, LoginStores stores)
{
    std::set<std::string> client_ids;
    for (const auto& grant : grants)
        client_ids.insert(grant.client_id);
    std::vector<LogoutNotice> notices;
    for (const auto& id : client_ids) {
        const auto client = TRY(stores.clients.find(id));
        if (client && !client->backchannel_logout_uri.empty())
            notices.push_back(
                {notice_id(login, id, noted), id, subject_for(*client, login.subject), sid_for(id, login.first_id)});
    }
    return notices;
}

Result<void> end_what_came(const std::vector<Sessions::Noted>& grants, const EndingLogin& login, Noted noted,
                           LoginStores stores, const TellRevoked& revoked)
{
    const auto notices = TRY(notices_about(grants, login, noted, stores));
    TRY(stores.logout_notices.add(notices, stores.clock.now() * 1000));
    std::vector<Sessions::Noted> ending;
    std::ranges::copy_if(grants, std::back_inserter(ending), [](const auto& grant) { return !grant.outlives; });
    std::vector<std::string> ids;
    std::ranges::transform(ending, std::back_inserter(ids), &Sessions::Noted::grant_id);
    const auto ended = TRY(stores.grants.revoke(ids));
    for (std::size_t i = 0; i < ending.size(); ++i)
        if (ended[i])
            revoked(ending[i]);
    return {};
}

} // namespace

Result<void> end_login(const EndingLogin& login, LoginStores stores, const TellRevoked& revoked)
{
    const auto grants = TRY(stores.sessions.noted(login.first_id));
    TRY(end_what_came(grants, login, Noted::before, stores, revoked));
    TRY(stores.sessions.end(login.session_id));
    // What was noted in between; whoever notes anything from here on finds no session, and takes it back.
    auto late = TRY(stores.sessions.take_noted(login.first_id));
    std::erase_if(late, [&](const auto& grant) { return std::ranges::find(grants, grant) != grants.end(); });
    return end_what_came(late, login, Noted::late, stores, revoked);
}

} // namespace stile
