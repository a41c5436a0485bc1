// What the commands of `stile` work with.
#pragma once

#include "functions/stile/output.h"

#include "shared/base/clock.h"
#include "shared/config.h"
#include "shared/crypto/random.h"
#include "shared/endpoint/context.h"
#include "shared/oauth/error.h"
#include "shared/oauth/event.h"
#include "shared/store/events.h"
#include "shared/store/pairwise_salt.h"

namespace stile::admin {

// The stores, as the functions have them, on one connection. For one thread.
struct AdminContext {
    // Reads the environment; throws when a setting is wrong. With `json` all output is JSON.
    explicit AdminContext(bool json);

    Printer print;
    Config config;
    SystemClock clock;
    SystemRandom random;
    Connection connection;
    ClientCache cache;
    Clients clients;
    PairwiseSalt pairwise_salt;
    Users users;
    Profiles profiles;
    Sessions sessions;
    LogoutNotices logout_notices;
    KnownBrowsers known_browsers;
    Grants grants;
    Consents consents;
    Throttles throttles;
    SigningKeys signing_keys;
    Events events;

    // Records an admin action after it was done: in the stream, and as a line on standard error if that is not a
    // terminal or the stream cannot be reached. The action is not undone in either case.
    void record(Event event);
    // The same for each grant that `revoke_all_with` revokes.
    Grants::Tell tell_revoked(const ClientName& client, const Person& user, Word reason);
};

} // namespace stile::admin
