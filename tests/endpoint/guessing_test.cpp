// Guesses at chosen secrets and passwords, and who is served meanwhile. argon2id_verify is replaced by one that waits while
// a test says so: what is asked then finds the helper threads busy, however fast the machine is.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <argon2.h>

#include <condition_variable>
#include <mutex>

using namespace stile;
using namespace stile::test;
using namespace std::chrono_literals;

namespace {

struct Hashes {
    std::mutex mutex;
    std::condition_variable changed;
    bool are_held = false;
    int begun = 0; // since they were held the last time
} hashes;

} // namespace

extern "C" int argon2id_verify(const char* encoded, const void* password, std::size_t length)
{
    {
        std::unique_lock lock(hashes.mutex);
        ++hashes.begun;
        hashes.changed.notify_all();
        hashes.changed.wait_for(lock, 30s, [] { return !hashes.are_held; }); // a test that has failed lets go
    }
    return argon2_verify(encoded, password, length, Argon2_id);
}

namespace {

// No hash ends while this object exists, or before let_go().
class HeldHashes {
public:
    HeldHashes() { set(true); }
    ~HeldHashes() { let_go(); }
    HeldHashes(const HeldHashes&) = delete;
    HeldHashes& operator=(const HeldHashes&) = delete;

    void await(int begun)
    {
        std::unique_lock lock(hashes.mutex);
        REQUIRE(hashes.changed.wait_for(lock, 20s, [=] { return hashes.begun >= begun; }));
    }
    void let_go() { set(false); }

private:
    static void set(bool are_held)
    {
        const std::lock_guard lock(hashes.mutex);
        hashes.are_held = are_held;
        if (are_held)
            hashes.begun = 0;
        hashes.changed.notify_all();
    }
};

struct Guessing : Instance {
    Guessing()
    {
        add_client({.id = "shop", .grant_types = {"client_credentials"}}, "chosen");
        generated = add_client({.id = "machine", .grant_types = {"client_credentials"}});
    }

    Answer ask(const std::string& id, const std::string& secret, const std::string& address = "192.0.2.1")
    {
        Caller caller(*this);
        caller.address = address;
        return token_request(caller, {{"grant_type", "client_credentials"}}, {basic(id, secret)});
    }

    void await_waiting(std::size_t count)
    {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (waiting_for_hashes() != count)
            REQUIRE(std::chrono::steady_clock::now() < end);
    }

    std::string attempts(const std::string& whose) { return redis({"HGET", "throttle:" + whose, "attempts"}).text; }

    std::string generated;
};

// In the background; its answer when it is asked for.
class Asking {
public:
    explicit Asking(const std::function<Answer()>& ask) : m_thread([this, ask] { m_answer = ask(); }) {}
    const Answer& answer()
    {
        m_thread.join();
        return m_answer;
    }

private:
    Answer m_answer;
    std::jthread m_thread;
};

} // namespace

TEST_CASE_METHOD(Guessing,
                 "STILE-guessing-4 50 requests with the right chosen secret at once cost one hash, and all succeed")
{
    HeldHashes held;
    std::vector<Answer> answers;
    {
        const std::jthread crowd([&] { answers = at_once(50, [&](int) { return ask("shop", "chosen"); }); });
        await_waiting(49);
        held.let_go();
    }
    CHECK(std::ranges::count(answers, 200, &Answer::status) == 50);
    CHECK(hashes.begun == 1);
    CHECK(keys("throttle:*").empty());
}

TEST_CASE_METHOD(
    Guessing,
    "STILE-guessing-3 a guess that is refused gets 503 with Retry-After and is not counted; one that is computed is")
{
    HeldHashes held;
    Asking first([&] { return ask("shop", "guess 1", "192.0.2.11"); });
    held.await(1);
    const auto second = ask("shop", "guess 2", "192.0.2.12");
    CHECK(second.status == 503);
    CHECK(second.header("retry-after") == "1");
    CHECK(member(second, "error") == "temporarily_unavailable");
    CHECK(attempts("client:shop:192.0.2.11") == "1"); // before it is checked
    CHECK(attempts("client:shop:192.0.2.12").empty());
    CHECK(ask("machine", generated).status == 200); // no hash, no wait
    held.let_go();
    CHECK(first.answer().status == 401);
    CHECK(hashes.begun == 1);
    CHECK(ask("shop", "chosen", "192.0.2.12").status == 200);
}

TEST_CASE_METHOD(Guessing, "STILE-guessing-4 a secret that was right lately does not wait for a stranger's guess")
{
    REQUIRE(ask("shop", "chosen").status == 200);
    pass(61);
    HeldHashes held;
    Asking stranger([&] { return ask("shop", "guess", "192.0.2.11"); });
    held.await(1);
    Asking own([&] { return ask("shop", "chosen"); });
    held.await(2);
    held.let_go();
    CHECK(own.answer().status == 200);
    CHECK(stranger.answer().status == 401);
}

TEST_CASE_METHOD(Guessing,
                 "STILE-guessing-3 a login that finds the queue full gets 503 with Retry-After and is not counted")
{
    add_user("ada", "right");
    Browser own(*this);
    REQUIRE(own.log_in(own.authorize(demo_request()).location(), "ada", "right").status == 303);
    own.cookies.erase("stile_session");
    const auto path = own.authorize(demo_request()).location();

    constexpr int room = 2 + 96; // two hashes under way, and three quarters of 128 places
    std::vector<Browser> strangers(room + 1, Browser(*this));
    std::vector<std::string> paths;
    for (auto& stranger : strangers)
        paths.push_back(stranger.authorize(demo_request()).location());
    std::vector<Answer> answers(strangers.size());
    audit.events.clear();
    HeldHashes held;
    std::vector<std::jthread> crowd;
    for (std::size_t i = 0; i < strangers.size(); ++i)
        crowd.emplace_back(
            [&, i] { answers[i] = strangers[i].log_in(paths[i], "nobody" + std::to_string(i), "guess"); });
    held.await(2);
    await_waiting(room - 2);
    Asking known([&] { return own.log_in(path, "ada", "right"); });
    await_waiting(room - 2 + 1);
    CHECK(own.get("/login").status == 400); // pages without a hash are answered meanwhile
    held.let_go();
    CHECK(known.answer().status == 303);
    crowd.clear(); // joins
    const auto& events = audit.events;
    const auto success = std::ranges::find(events, EventName::login_succeeded, &Event::name);
    CHECK(std::distance(events.begin(), success) < room / 2); // failures before it: of those under way, few others
    const auto refused = std::ranges::find(answers, 503, &Answer::status);
    REQUIRE(refused != answers.end());
    CHECK(refused->header("retry-after") == "1");
    CHECK(refused->header("content-type") == "text/html; charset=utf-8");
    // All in the queue are computed, unless this machine is so slow that they lose patience.
    const auto computed = std::ranges::count(answers, 403, &Answer::status);
    CHECK(computed <= room);
    CHECK(computed + std::ranges::count(answers, 503, &Answer::status) == std::ssize(answers));
    CHECK(attempts("login:address:192.0.2.1") == std::to_string(computed));
    CHECK(keys("throttle:login:user:unknown-*").size() == static_cast<std::size_t>(computed));
}
