// The steps of redis/ as a library of Redis: loaded if it is missing, one FCALL per step, keys of one slot each.
#include "shared/store/consents.h"
#include "shared/store/library.h"
#include "shared/store/sessions.h"
#include "shared/store/throttles.h"
#include "tests/store/monitor.h"
#include "tests/store/store.h"

#include <functional>
#include <memory>
#include <set>

namespace stile {

namespace {

struct Step {
    std::string name;
    std::function<void(Store&)> run;
};

// Prepares the database, and returns each step as a separate call.
std::vector<Step> steps_after_preparing(Store& store)
{
    const auto waiting = store.park(), denied = store.park(), approved = store.park();
    const auto approved_code = store.code_of(approved);
    must(store.approve(approved, approved_code));
    const auto code = store.issue_code(), used = store.issue_code();
    store.redeem(used);
    const auto fresh = store.tokens(), graced = store.tokens();
    const auto reused = store.tokens(), looked_at = store.tokens(), given_back = store.tokens();
    must(store.try_rotate(*graced.refresh, {.grace = 60}));
    must(store.try_rotate(*reused.refresh));
    static constexpr ThrottleRule rule = {"test", 1, 60, 60};
    const auto browser = sha256_base64url("browser");
    return {
        {"park", [](Store& s) { s.park(); }},
        {"issue_code", [](Store& s) { s.issue_code(); }},
        {"approve", [=](Store& s) { must(s.approve(waiting, s.code_of(waiting))); }},
        {"approve again", [=](Store& s) { must(s.approve(approved, approved_code)); }},
        {"deny", [=](Store& s) { must(s.requests.deny(denied, browser)); }},
        {"redeem", [=](Store& s) { s.redeem(code); }},
        {"redeem for another client", [=](Store& s) { s.redeem(used, {.client_id = "other"}); }},
        {"redeem without refresh", [=](Store& s) { s.redeem(approved_code, {.refresh = false}); }},
        {"replay", [=](Store& s) { s.redeem(used); }},
        {"rotate", [=](Store& s) { s.rotate(*fresh.refresh); }},
        {"repeat", [=](Store& s) { s.rotate(*graced.refresh, {.grace = 60}); }},
        {"reuse", [=](Store& s) { s.rotate(*reused.refresh); }},
        {"issue for a client",
         [](Store& s) {
             const auto access = SplitToken::mint(s.random.base62(grant_id_length), access_token_length, s.random);
             must(s.grants.issue_for_client({access, std::nullopt}, "app", "email", noon, {}));
         }},
        {"inspect", [=](Store& s) { must(s.grants.inspect(TokenKind::access, looked_at.access)); }},
        {"revoke an access token",
         [=](Store& s) { must(s.grants.revoke_token(TokenKind::access, given_back.access, "app")); }},
        {"revoke a refresh token",
         [=](Store& s) { must(s.grants.revoke_token(TokenKind::refresh, *given_back.refresh, "app")); }},
        {"count", [](Store& s) { must(Throttles(s.connection).count({{rule, "alice"}}, noon)); }},
        {"forgive", [](Store& s) { must(Throttles(s.connection).forgive({{rule, "alice"}})); }},
        {"session", [](Store& s) { must(Sessions(s.connection).save("id", {"alice", "alice", noon, "x"}, 60)); }},
        {"consent",
         [](Store& s) { must(Consents(s.connection).save("app", "alice", must(Scope::parse("email")), noon, 60)); }},
    };
}

std::string hash_tag(const std::string& key)
{
    const auto open = key.find('{');
    return open == std::string::npos ? key : key.substr(open, key.find('}') - open + 1);
}

bool is_indexing(const Monitor::Command& command)
{
    return command.words.at(0) == "FCALL" && command.words.at(1).starts_with("index_record_");
}

int libraries_loaded(Store& store)
{
    return static_cast<int>(store.ask({"FUNCTION", "LIST"}).elements.size());
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

} // namespace

TEST_CASE("STILE-store-6 if Redis lacks the library, the first step loads it")
{
    Store store;
    const auto code = store.issue_code();
    store.ask({"FUNCTION", "FLUSH"});
    CHECK(store.redeem(code).outcome == Redemption::Outcome::issued);
    CHECK(store.redeem(code).outcome == Redemption::Outcome::replayed); // and it was executed once
    CHECK(libraries_loaded(store) == 1);
    const auto list = store.ask({"FUNCTION", "LIST", "LIBRARYNAME", "stile" + std::string(library_version())});
    CHECK(list.elements.size() == 1);
}

TEST_CASE("STILE-store-6 simultaneous calls that find no library all succeed")
{
    Store store;
    store.ask({"FUNCTION", "FLUSH"});
    std::vector<std::unique_ptr<Store>> others;
    for (int i = 0; i < 8; ++i)
        others.push_back(std::make_unique<Store>(Store::Shared()));
    // Each loads it explicitly: all but the first find it loaded.
    for (auto& other : others) {
        const auto loaded = other->connection.command({"FUNCTION", "LOAD", library_code()});
        if (!loaded)
            CHECK(loaded.error().detail.find("already exists") != std::string::npos);
        CHECK(other->issue_code().selector().size() == selector_length);
    }
}

TEST_CASE("STILE-store-7 old and new versions of the library work side by side")
{
    Store store;
    store.ask({"FUNCTION", "FLUSH"});
    const auto old = replaced(std::string(library_code()), std::string(library_version()), "_000000000000");
    store.ask({"FUNCTION", "LOAD", old});
    const auto code = store.issue_code(); // also loads this build's library
    CHECK(libraries_loaded(store) == 2);
    CHECK(store.redeem(code).outcome == Redemption::Outcome::issued);
    CHECK(
        !store.ask({"FCALL", "save_record_000000000000", "1", "session:old", "60", "user", "alice"}).elements.empty());
    CHECK(store.record("session:old")["user"] == "alice");
    store.ask({"FUNCTION", "FLUSH"});
}

TEST_CASE("STILE-store-7 the name of every Redis Function ends with the library's digest")
{
    Store store;
    store.issue_code();
    CHECK(library_version().size() == 13);
    const auto list = store.ask({"FUNCTION", "LIST", "LIBRARYNAME", "stile" + std::string(library_version())});
    REQUIRE(list.elements.size() == 1);
    int functions = 0;
    for (const auto& entry : list.elements[0].elements)
        for (const auto& function : entry.elements) {
            ++functions;
            CHECK(function.elements.at(1).text.ends_with(library_version()));
        }
    CHECK(functions == static_cast<int>(library_steps().size()));
}

TEST_CASE(
    "STILE-store-8 every step is one FCALL and no other command but those that index its record, so one round trip")
{
    Store store;
    for (const auto& step : steps_after_preparing(store)) {
        INFO(step.name);
        const Monitor monitor;
        step.run(store);
        const std::string fcall = step.name == "inspect" ? "FCALL_RO" : "FCALL"; // it only reads
        std::vector<std::string> sent;
        for (const auto& command : monitor.commands(store))
            if (!command.is_from_script && (sent.empty() || !is_indexing(command)))
                sent.push_back(command.words.at(0));
        CHECK(sent == std::vector<std::string>{fcall});
    }
}

TEST_CASE("STILE-store-9 every step uses keys of one hash tag only, so one slot of a Redis Cluster")
{
    Store store;
    for (const auto& step : steps_after_preparing(store)) {
        INFO(step.name);
        const Monitor monitor;
        step.run(store);
        std::set<std::string> tags;
        int from_script = 0;
        bool indexes = false; // what belongs to the index is another step, in another slot
        for (const auto& command : monitor.commands(store)) {
            if (command.words.at(0) == "TIME")
                continue; // the clock has no key
            if (command.is_from_script) {
                ++from_script;
                const bool looks_at_record = command.words.at(0) == "EXISTS" || command.words.at(0) == "DEL";
                if (!indexes || !looks_at_record) // which may be refused
                    tags.insert(hash_tag(command.words.at(1)));
                CHECK((command.words.at(0) != "DEL" || command.words.size() == 2));
            } else {
                indexes = is_indexing(command);
                if (indexes) {
                    CHECK(tags.size() == 1);
                    tags.clear();
                }
                for (int i = 0; i < std::stoi(command.words.at(2)); ++i)
                    tags.insert(hash_tag(command.words.at(3 + static_cast<std::size_t>(i))));
            }
        }
        CHECK(from_script > 0);
        CHECK(tags.size() == 1);
    }
}

} // namespace stile
