// All stores on one connection, for a handler or the admin command. Not thread-safe, because the connection is not.
#pragma once

#include "shared/store/clients.h"
#include "shared/store/connection.h"
#include "shared/store/consents.h"
#include "shared/store/grants.h"
#include "shared/store/known_browsers.h"
#include "shared/store/login_endings.h"
#include "shared/store/logout_notices.h"
#include "shared/store/profiles.h"
#include "shared/store/redis_health.h"
#include "shared/store/requests.h"
#include "shared/store/sessions.h"
#include "shared/store/signing_keys.h"
#include "shared/store/silent_approval.h"
#include "shared/store/subjects.h"
#include "shared/store/throttles.h"
#include "shared/store/users.h"

namespace stile {

struct Stores {
    // Both must outlive the stores, which keep references to them. Sends no command.
    Stores(Connection& connection, ClientCache& client_cache)
        : clients(connection, client_cache),
          users(connection),
          subjects(connection),
          profiles(connection),
          sessions(connection),
          logout_notices(connection),
          login_endings(connection),
          known_browsers(connection),
          requests(connection),
          grants(connection),
          consents(connection),
          silent_approvals(connection),
          throttles(connection),
          signing_keys(connection),
          redis_health(connection)
    {
    }

    Clients clients;
    Users users;
    Subjects subjects;
    Profiles profiles;
    Sessions sessions;
    LogoutNotices logout_notices;
    LoginEndings login_endings;
    KnownBrowsers known_browsers;
    Requests requests;
    Grants grants;
    Consents consents;
    SilentApprovals silent_approvals;
    Throttles throttles;
    SigningKeys signing_keys;
    RedisHealth redis_health;
};

} // namespace stile
