// Why a part of the room is kept: strangers fill all that they get, so without it a known caller would find the queue
// full and be refused, though it would be the next. Why every fourth turn is a stranger's: whoever has a known browser,
// or knows a secret, could otherwise keep all newcomers out.
#include "shared/endpoint/hash_queue.h"

namespace stile {

namespace {

constexpr int most_known_in_a_row = 3;

// Counts one who waits.
class Place {
public:
    explicit Place(std::size_t& waiting) : m_waiting(waiting) { ++m_waiting; }
    ~Place() { --m_waiting; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    std::size_t& m_waiting;
};

} // namespace

HashQueue::HashQueue(Loop& loop, int at_once, std::size_t room, std::chrono::milliseconds patience)
    : m_loop(loop),
      m_free(at_once),
      m_room(room),
      m_strangers_room(room - room / 4),
      m_patience(patience)
{
}

bool HashQueue::has_room(Caller caller) const
{
    return waiting() < m_room && (caller == Caller::known || m_strangers.waiting < m_strangers_room);
}

std::optional<HashQueue::Turn> HashQueue::take_turn(Caller caller)
{
    if (m_free > 0) {
        --m_free;
        return Turn(*this);
    }
    if (!has_room(caller))
        return std::nullopt;
    auto& line = line_of(caller);
    const Place place(line.waiting);
    Gate called(m_loop);
    line.turns.push_back(&called);
    if (called.wait(m_patience))
        return Turn(*this);
    std::erase(line.turns, &called);
    return std::nullopt;
}

bool HashQueue::wait_for(Gate& result, Caller caller)
{
    if (!has_room(caller))
        return false;
    const Place place(line_of(caller).waiting);
    return result.wait(m_patience);
}

HashQueue::Line& HashQueue::next_line()
{
    if (m_strangers.turns.empty() || (!m_known.turns.empty() && m_known_in_a_row < most_known_in_a_row)) {
        ++m_known_in_a_row;
        return m_known;
    }
    m_known_in_a_row = 0;
    return m_strangers;
}

// A turn is passed directly to the next that waits, so that a newcomer cannot overtake it.
void HashQueue::pass_on()
{
    if (m_known.turns.empty() && m_strangers.turns.empty()) {
        ++m_free;
        return;
    }
    auto& turns = next_line().turns;
    turns.front()->open();
    turns.pop_front();
}

} // namespace stile
