// What a handler can use besides its request. function.h builds it for functions/*/main.cpp; tests build their own.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/metrics.h"
#include "shared/crypto/random.h"
#include "shared/endpoint/audit.h"
#include "shared/endpoint/hash_queue.h"
#include "shared/endpoint/key_ring.h"
#include "shared/endpoint/secret_checks.h"
#include "shared/endpoint/verified_secrets.h"
#include "shared/oauth/settings.h"
#include "shared/pages/engine.h"
#include "shared/store/stores.h"

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

// Shared by all requests of a process.
struct Process {
    const Settings& settings;
    const Clock& clock;
    Random& random;
    const Log& log;
    const Metrics& metrics;
    Audit& audit;
    ClientCache& client_cache;
    VerifiedSecrets& verified_secrets;
    HashQueue& hashes;
    SecretChecks& secret_checks;
    KeyRing& key_ring;
    const Templates* templates; // null in functions without pages
    BackgroundTask* background = nullptr; // null in most functions
};

// What the handlers that run on one loop use. Its stores are on the loop's connection.
class Context : public Stores {
public:
    Context(const Process& process, Connection& connection)
        : Stores(connection, process.client_cache),
          settings(process.settings),
          clock(process.clock),
          random(process.random),
          log(process.log),
          metrics(process.metrics),
          audit(process.audit),
          verified_secrets(process.verified_secrets),
          hashes(process.hashes),
          secret_checks(process.secret_checks),
          key_ring(process.key_ring),
          templates(process.templates),
          background(process.background)
    {
    }

    const Settings& settings;
    const Clock& clock;
    Random& random;
    const Log& log;
    const Metrics& metrics;
    Audit& audit;
    VerifiedSecrets& verified_secrets;
    HashQueue& hashes;
    SecretChecks& secret_checks;
    KeyRing& key_ring;
    const Templates* templates; // null in functions without pages
    BackgroundTask* background; // null in most functions
};

} // namespace stile
