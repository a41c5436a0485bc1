// The queue for slow hashes (crypto/password.h): bounded, and those who are known already go first. So guesses of many
// strangers neither hold up the requests that need no hash, nor keep the users of known browsers out.
#pragma once

#include "shared/engine/loop.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace stile {

// To be used on the loop's thread.
class HashQueue {
public:
    // For whom a hash is computed.
    enum class Caller {
        known, // a browser in which the user has logged in before, a secret that was right lately
        stranger // anybody else
    };

    // At most `at_once` hashes are computed at the same time, each with 19 MiB of memory. At most `room` callers wait, each
    // for at most `patience`. A quarter of the room is for known callers alone.
    HashQueue(Loop& loop, int at_once, std::size_t room, std::chrono::milliseconds patience = std::chrono::seconds(10));

    // The right to compute one hash; its destructor passes it on.
    class Turn {
    public:
        explicit Turn(HashQueue& of) : m_of(&of) {}
        Turn(Turn&& other) noexcept : m_of(std::exchange(other.m_of, nullptr)) {}
        Turn& operator=(Turn&&) = delete;
        ~Turn()
        {
            if (m_of != nullptr)
                m_of->pass_on();
        }

    private:
        HashQueue* m_of;
    };

    // Waits for a turn: first come, first served among callers of the same kind; known ones go first, but every fourth turn
    // is a stranger's if one waits. Nothing at once if there is no room, and nothing after the patience: then the server is
    // overloaded.
    std::optional<Turn> take_turn(Caller caller);

    // Waits for a hash that another request computes: until `result` is open. Takes a place in the queue, too. False where
    // take_turn() gives nothing.
    bool wait_for(Gate& result, Caller caller);

    // Callers that wait.
    std::size_t waiting() const { return m_known.waiting + m_strangers.waiting; }

private:
    struct Line {
        std::deque<Gate*> turns; // of those that wait for their turn
        std::size_t waiting = 0; // these, and those that wait for another's result
    };

    bool has_room(Caller caller) const;
    Line& line_of(Caller caller) { return caller == Caller::known ? m_known : m_strangers; }
    Line& next_line();
    void pass_on();

    Loop& m_loop;
    int m_free; // turns that nobody has
    const std::size_t m_room;
    const std::size_t m_strangers_room;
    const std::chrono::milliseconds m_patience;
    Line m_known;
    Line m_strangers;
    int m_known_in_a_row = 0; // turns since the last stranger's
};

} // namespace stile
