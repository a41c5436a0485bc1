// The end of a login, by its user or by the operator: its session goes, with it the grants that came of it, and the
// clients that registered for it are to be told (OpenID Connect Back-Channel Logout §2.7).
#pragma once

#include "shared/base/clock.h"
#include "shared/oauth/error.h"
#include "shared/store/clients.h"
#include "shared/store/grants.h"
#include "shared/store/logout_notices.h"
#include "shared/store/sessions.h"

#include <functional>
#include <string>

namespace stile {

struct EndingLogin {
    std::string session_id;
    std::string first_id; // of its row of sessions, or the same again
    std::string subject; // the user's own
};

// What a Context has, and the admin command.
struct LoginStores {
    Sessions& sessions;
    Grants& grants;
    Clients& clients;
    LogoutNotices& logout_notices;
    const Clock& clock;
};

// Grants with offline_access outlive the login (OpenID Connect Core §11), though their clients are told as well. `revoked`
// is told of each grant that this ended. When Redis fails before the session has ended, it is still there and all can
// be done again: a client may then be told twice, with the same `jti`. When it fails right after, a grant that was noted in
// just that moment lives on.
using TellRevoked = std::function<void(const Sessions::Noted& grant)>;
Result<void> end_login(const EndingLogin& login, LoginStores stores, const TellRevoked& revoked);

} // namespace stile
