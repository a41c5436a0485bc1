// A handler's context on the database of the tests, with an audit trail that keeps events in memory.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/oauth/counter_labels.h"
#include "tests/store/store.h"
#include "tests/support/page_folder.h"
#include "tests/support/recording_audit.h"

namespace stile {

struct Workshop {
    Store store;
    Settings settings{};
    Log log{"test", -1};
    Metrics metrics{"", "test", counter_labels};
    RecordingAudit audit;
    ClientCache client_cache{0, store.clock};
    VerifiedSecrets verified_secrets{store.clock, store.random};
    Loop loop;
    HashQueue hashes{loop, 2, 128};
    SecretChecks secret_checks{loop, hashes};
    KeyRing key_ring{0, store.clock, Secret(), Secret()};
    std::shared_ptr<const Templates> templates =
        load_templates({.installed = test::built_pages(), .theme = {}, .language = "en"});
    Context context{{settings, store.clock, store.random, log, metrics, audit, client_cache, verified_secrets, hashes,
                     secret_checks, key_ring, templates.get()},
                    store.connection};
    Request request{};

    Workshop()
    {
        request.request_id = "0123456789abcdef";
        request.remote_address = "192.0.2.1";
    }
};

} // namespace stile
