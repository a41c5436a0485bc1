// Ends a login, for its user or for the operator: ends the session, revokes the grants that came of it, and queues a
// notice for each client that registered for back-channel logout (OpenID Connect Back-Channel Logout §2.7).
#pragma once

#include "shared/base/clock.h"
#include "shared/oauth/error.h"
#include "shared/store/stores.h"

#include <functional>
#include <string>

namespace stile {

struct EndingLogin {
    std::string session_id;
    std::string login_id; // as LiveSession::login_id()
    std::string subject; // of the user; clients may know them by a pairwise one
};

// Called for each grant that was revoked.
using OnRevoked = std::function<void(const Sessions::RecordedGrant& grant)>;

// Grants with offline_access are not revoked (OpenID Connect Core §11), but their clients are notified. Several round
// trips. Also works when Redis is out of memory. If Redis fails before the session has ended, the call can be repeated; a
// client may then be notified twice, with the same `jti`. If it fails right after that, clients are not notified, or a
// grant recorded at that very moment is not revoked.
Result<void> end_login(const EndingLogin& login, Stores& stores, const Clock& clock, const OnRevoked& on_revoked);

} // namespace stile
