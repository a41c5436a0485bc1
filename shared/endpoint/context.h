// What a handler can use besides its request. function.h builds it for functions/*/main.cpp; tests build their own.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/metrics.h"
#include "shared/crypto/password.h"
#include "shared/crypto/random.h"
#include "shared/endpoint/audit.h"
#include "shared/endpoint/key_ring.h"
#include "shared/endpoint/verified_secrets.h"
#include "shared/oauth/settings.h"
#include "shared/pages/engine.h"
#include "shared/store/clients.h"
#include "shared/store/connection.h"
#include "shared/store/consents.h"
#include "shared/store/grants.h"
#include "shared/store/known_browsers.h"
#include "shared/store/logout_notices.h"
#include "shared/store/profiles.h"
#include "shared/store/requests.h"
#include "shared/store/sessions.h"
#include "shared/store/signing_keys.h"
#include "shared/store/silent_approval.h"
#include "shared/store/storage.h"
#include "shared/store/throttles.h"
#include "shared/store/users.h"

namespace stile {

class Context;

// What a function does besides its requests, in one more thread. Thread-safe except run().
class BackgroundTask {
public:
    virtual ~BackgroundTask() = default;
    virtual void run(Context& context) = 0; // returns at most a second after stop()
    virtual void stop() = 0;
    virtual void wake() = 0; // there may be work to do
    virtual bool is_busy() const = 0; // there is work to do: the process is not idle
};

// Shared by all threads of a process. Every member is thread-safe.
struct Process {
    const Settings& settings;
    const Clock& clock;
    Random& random;
    const Log& log;
    const Metrics& metrics;
    Audit& audit;
    ClientCache& client_cache;
    VerifiedSecrets& verified_secrets;
    PasswordVerifier& passwords;
    KeyRing& key_ring;
    const Templates* templates; // null in functions without pages
    BackgroundTask* background = nullptr; // null in most functions
};

// One a thread.
class Context {
public:
    Context(const Process& process, Connection& connection)
        : settings(process.settings),
          clock(process.clock),
          random(process.random),
          log(process.log),
          metrics(process.metrics),
          audit(process.audit),
          verified_secrets(process.verified_secrets),
          passwords(process.passwords),
          key_ring(process.key_ring),
          templates(process.templates),
          background(process.background),
          clients(connection, process.client_cache),
          users(connection),
          profiles(connection),
          sessions(connection),
          logout_notices(connection),
          known_browsers(connection),
          requests(connection),
          grants(connection),
          consents(connection),
          silent_approvals(connection),
          throttles(connection),
          signing_keys(connection),
          storage(connection)
    {
    }

    const Settings& settings;
    const Clock& clock;
    Random& random;
    const Log& log;
    const Metrics& metrics;
    Audit& audit;
    VerifiedSecrets& verified_secrets;
    PasswordVerifier& passwords;
    KeyRing& key_ring;
    const Templates* templates;
    BackgroundTask* background;

    Clients clients;
    Users users;
    Profiles profiles;
    Sessions sessions;
    LogoutNotices logout_notices;
    KnownBrowsers known_browsers;
    Requests requests;
    Grants grants;
    Consents consents;
    SilentApprovals silent_approvals;
    Throttles throttles;
    SigningKeys signing_keys;
    Storage storage;
};

} // namespace stile
