// The browsers that this client knows, in the memory of the process: bounded, and forgotten when they stay away.
#pragma once

#include "functions/demo/client/provider.h"
#include "shared/base/clock.h"
#include "shared/base/secret.h"
#include "shared/crypto/random.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace stile::demo {

// An authorization request that is under way (several: tabs).
struct Errand {
    std::string state;
    Secret code_verifier;
};

struct Login {
    Tokens tokens;
    int refreshed = 0;
    bool is_revoked = false;
};

struct Browser {
    // Held while one of its requests is answered: of two refreshes at once the second would present a used token, which
    // the provider has to take for a theft (RFC 9700 §4.14.2).
    std::mutex in_turn;
    std::vector<Errand> errands; // oldest first
    std::optional<Login> login;
    std::string csrf_token; // of its forms
};

// Thread-safe.
class Sessions {
public:
    static constexpr Seconds lifetime = 3600; // since it was last seen
    static constexpr std::size_t most = 1000; // the one that stayed away longest gives way

    Sessions(const Clock& clock, Random& random) : m_clock(clock), m_random(random) {}

    // Null when there is none under this cookie.
    std::shared_ptr<Browser> find(std::string_view cookie);

    // A new one; gives its cookie.
    std::string add(std::shared_ptr<Browser> browser);

    void remove(std::string_view cookie);

private:
    struct Entry {
        std::shared_ptr<Browser> browser;
        Seconds seen_at;
    };
    void make_room();

    const Clock& m_clock;
    Random& m_random;
    std::mutex m_mutex;
    std::unordered_map<std::string, Entry>
        m_entries; // by the cookie's SHA-256: looking one up tells nothing by its time
};

std::shared_ptr<Browser> new_browser(Random& random);

// Keeps the newest few.
void remember(Browser& browser, Errand errand);

// The errand of that state, taken away: a state works once.
std::optional<Errand> take_errand(Browser& browser, std::string_view state);

} // namespace stile::demo
