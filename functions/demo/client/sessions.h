// The browsers that use this client, in the memory of this process. Their number and their lifetime are limited.
#pragma once

#include "functions/demo/client/provider.h"
#include "shared/base/clock.h"
#include "shared/base/secret.h"
#include "shared/crypto/random.h"
#include "shared/engine/loop.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace stile::demo {

// An authorization request that waits for its response. A browser can have several, in several tabs.
struct PendingLogin {
    std::string state;
    Secret code_verifier;
};

struct Login {
    Tokens tokens;
    int refreshed = 0;
    bool is_revoked = false;
};

// One request at a time; the others wait for their turn.
class Turns {
public:
    class Turn {
    public:
        Turn() = default;
        explicit Turn(Turns& of) : m_of(&of) {}
        Turn(Turn&& other) noexcept : m_of(std::exchange(other.m_of, nullptr)) {}
        Turn& operator=(Turn&& other) noexcept
        {
            std::swap(m_of, other.m_of);
            return *this;
        }
        ~Turn()
        {
            if (m_of != nullptr)
                m_of->give_back();
        }

    private:
        Turns* m_of = nullptr;
    };

    Turn take(Loop& loop);

private:
    void give_back();

    bool m_is_taken = false;
    std::deque<Gate*> m_waiting;
};

struct Browser {
    // Taken while a request is answered. Of two concurrent refreshes the second would send a used refresh token, and the
    // provider would treat that as theft (RFC 9700 §4.14.2).
    Turns turns;
    std::vector<PendingLogin> pending; // oldest first
    std::optional<Login> login;
    std::string csrf_token; // for its forms
};

class Sessions {
public:
    static constexpr Seconds lifetime = 3600; // since the last request
    static constexpr std::size_t max_browsers = 1000; // a new one then replaces the one that was idle longest

    Sessions(const Clock& clock, Random& random) : m_clock(clock), m_random(random) {}

    // Null when the cookie is unknown or has expired.
    std::shared_ptr<Browser> find(std::string_view cookie);

    // Adds a browser and returns its cookie.
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
    std::unordered_map<std::string, Entry>
        m_entries; // by the SHA-256 of the cookie, so that the time of a lookup reveals nothing about other cookies
};

std::shared_ptr<Browser> new_browser(Random& random);

// Keeps the newest eight.
void add_pending(Browser& browser, PendingLogin login);

// Removes the request with this state and returns it: a state works once.
std::optional<PendingLogin> take_pending(Browser& browser, std::string_view state);

} // namespace stile::demo
