// What the commands of `stile` work with.
#pragma once

#include "functions/stile/output.h"

#include "shared/base/clock.h"
#include "shared/config.h"
#include "shared/crypto/random.h"
#include "shared/endpoint/context.h"
#include "shared/oauth/error.h"
#include "shared/oauth/event.h"
#include "shared/oauth/event_chain.h"
#include "shared/store/events.h"
#include "shared/store/grant_lists.h"
#include "shared/store/pairwise_salt.h"
#include "shared/store/stores.h"

namespace stile::admin {

// What the stores of the admin command work on.
struct AdminConnection {
    explicit AdminConnection(Config read) : config(std::move(read)), connection(config.redis, clock), cache(0, clock) {}

    Config config;
    SystemClock clock;
    Connection connection;
    ClientCache cache;
};

// The stores, as the functions have them, on one connection. For one thread.
struct AdminContext : AdminConnection, Stores {
    // Reads the environment; throws when a setting is wrong. With `json` all output is JSON.
    explicit AdminContext(bool json);

    Printer print;
    SystemRandom random;
    PairwiseSalt pairwise_salt;
    GrantLists grant_lists;
    Events events;
    EventChain chain;

    // Records an admin action after it was done: in the stream, and as a line on standard error if that is not a
    // terminal or the stream cannot be reached. The action is not undone in either case.
    void record(Event event);
    // The same for each grant that is revoked.
    GrantLists::Tell tell_revoked(const ClientName& client, const Person& user, Word reason);
};

} // namespace stile::admin
