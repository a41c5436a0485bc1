#include "shared/endpoint/hash_queue.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace stile;
using namespace std::chrono_literals;
using Caller = HashQueue::Caller;

namespace {

// A queue with one turn, which the test has until it lets it go.
struct Queue {
    explicit Queue(std::size_t room, std::chrono::milliseconds patience = 10s)
        : hashes(loop, 1, room, patience),
          held(hashes.take_turn(Caller::stranger))
    {
        REQUIRE(held);
    }
    ~Queue()
    {
        let_go();
        loop.stop();
        loop.run();
    }

    void let_go()
    {
        held.reset();
        loop.look();
    }

    // On a fiber each: notes its name when it has its turn, and that it was refused.
    void ask(const std::string& name, Caller caller)
    {
        loop.spawn([this, name, caller] {
            const auto turn = hashes.take_turn(caller);
            (turn ? served : refused).push_back(name);
        });
        loop.look();
    }
    void ask(int times, Caller caller)
    {
        for (int i = 1; i <= times; ++i)
            ask((caller == Caller::known ? "k" : "s") + std::to_string(i), caller);
    }

    using Names = std::vector<std::string>;

    Loop loop;
    HashQueue hashes;
    std::optional<HashQueue::Turn> held;
    Names served;
    Names refused;
};

} // namespace

TEST_CASE("STILE-hash-queue-1 no more hashes are computed at once than allowed")
{
    Loop loop;
    HashQueue hashes(loop, 2, 8);
    int running = 0, most = 0, served = 0;
    for (int i = 0; i < 6; ++i)
        loop.spawn([&] {
            const auto turn = hashes.take_turn(Caller::stranger);
            most = std::max(most, ++running);
            Gate(loop).wait(1ms); // the others go on
            --running;
            served += turn ? 1 : 0;
        });
    loop.stop();
    loop.run();
    CHECK(most == 2);
    CHECK(served == 6);
    CHECK(hashes.waiting() == 0);
}

TEST_CASE("STILE-hash-queue-2 callers of one kind get their turns in the order of their arrival")
{
    const auto caller = GENERATE(Caller::known, Caller::stranger);
    Queue queue(8);
    queue.ask(6, caller);
    CHECK(queue.hashes.waiting() == 6);
    CHECK(queue.served.empty());
    queue.let_go();
    CHECK(queue.served.size() == 6);
    CHECK(std::ranges::is_sorted(queue.served));
    CHECK(queue.hashes.waiting() == 0);
}

TEST_CASE(
    "STILE-hash-queue-3 known callers go before strangers who came earlier, but every fourth turn is a stranger's")
{
    Queue queue(16);
    queue.ask(4, Caller::stranger);
    queue.ask(7, Caller::known);
    queue.let_go();
    CHECK(queue.served == Queue::Names{"k1", "k2", "k3", "s1", "k4", "k5", "k6", "s2", "k7", "s3", "s4"});
}

TEST_CASE(
    "STILE-hash-queue-4 whoever finds no room is refused at once; a quarter of the room is for known callers alone")
{
    Queue queue(8, 1h);
    queue.ask(7, Caller::stranger);
    CHECK(queue.refused == Queue::Names{"s7"});
    queue.ask(3, Caller::known);
    CHECK(queue.refused == Queue::Names{"s7", "k3"});
    CHECK(queue.hashes.waiting() == 8);
    queue.let_go(); // all of them have their turn
    CHECK(queue.served.size() == 8);
    CHECK(queue.hashes.take_turn(Caller::stranger)); // and there is room again
}

TEST_CASE("STILE-hash-queue-4 known callers may take all of the room")
{
    Queue queue(8, 1h);
    queue.ask(9, Caller::known);
    CHECK(queue.refused == Queue::Names{"k9"});
    queue.ask(1, Caller::stranger);
    CHECK(queue.refused == Queue::Names{"k9", "s1"});
}

TEST_CASE("STILE-hash-queue-5 whoever waited too long is refused, and the next gets the turn")
{
    Queue queue(8, 20ms);
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(queue.hashes.take_turn(Caller::stranger));
    CHECK(std::chrono::steady_clock::now() - begin >= 15ms); // the loop's clock counts whole milliseconds
    CHECK(queue.hashes.waiting() == 0);
    queue.ask("next", Caller::stranger);
    queue.let_go();
    CHECK(queue.served == Queue::Names{"next"});
}

TEST_CASE("STILE-hash-queue-6 who waits for another's hash takes a place, too")
{
    Queue queue(4, 20ms);
    Gate result(queue.loop);
    int answered = 0, refused = 0;
    for (int i = 0; i < 4; ++i)
        queue.loop.spawn([&] { ++(queue.hashes.wait_for(result, Caller::stranger) ? answered : refused); });
    queue.loop.look();
    CHECK(refused == 1); // the fourth place is for known callers
    CHECK(queue.hashes.waiting() == 3);
    queue.ask("s", Caller::stranger);
    CHECK(queue.refused == Queue::Names{"s"});
    result.open();
    queue.loop.look();
    CHECK(answered == 3);
    CHECK(queue.hashes.waiting() == 0);
    Gate never(queue.loop);
    CHECK_FALSE(queue.hashes.wait_for(never, Caller::known)); // after the patience
    CHECK(queue.hashes.waiting() == 0);
}
