// stile events --verify, and what stile check says of the audit trail.
#include "tests/endpoint/stile/admin.h"
#include "tests/support/catch.h"

#include "shared/oauth/event_chain.h"
#include "shared/store/events.h"

using namespace stile;
using namespace stile::test;

namespace {

// A process of a function that records events.
class Writer {
public:
    Writer(Instance& instance, std::string function)
        : m_instance(instance),
          m_function(std::move(function)),
          m_chain(instance.random)
    {
    }

    EventRecord next(EventName name, std::size_t count = 0)
    {
        EventRecord record = {rfc3339(m_instance.clock.now()), m_function, {.name = name, .count = count}};
        m_chain.link(record);
        return record;
    }
    std::vector<EventRecord> next(EventName name, int times)
    {
        std::vector<EventRecord> records;
        for (int i = 0; i < times; ++i)
            records.push_back(next(name));
        return records;
    }

private:
    Instance& m_instance;
    std::string m_function;
    EventChain m_chain;
};

constexpr const char* routine = "events:token:routine";

struct Trail : Instance {
    Trail() : Instance(Variables{{"STILE_EVENTS", "300"}}) {}

    void append(const std::vector<EventRecord>& records) { must(Events(connection).append(records, 300)); }

    Ran verify() { return admin({"events", "--verify"}); }

    // The id of the entry with that place, from 0.
    std::string id_of(const std::string& stream, std::size_t at)
    {
        return redis({"XRANGE", stream, "-", "+"}).elements.at(at).elements.at(0).text;
    }

    // An entry as Redis has it, with one of its fields changed, in place of the old one.
    void change_last(const std::string& stream, const std::string& field, const std::string& value)
    {
        const auto all = redis({"XRANGE", stream, "-", "+"});
        const auto& last = all.elements.back();
        redis({"XDEL", stream, last.elements[0].text});
        std::vector<std::string> words = {"XADD", stream, "*"};
        const auto& fields = last.elements[1].elements;
        for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
            words.insert(words.end(), {fields[i].text, fields[i].text == field ? value : fields[i + 1].text});
        redis(Arguments(words.begin(), words.end()));
    }
};

} // namespace

TEST_CASE_METHOD(Trail,
                 "STILE-audit-58 --verify accepts what the functions wrote, also what was trimmed or written twice")
{
    CHECK(verify().status == 0); // nothing
    Writer first(*this, "token");
    Writer second(*this, "token"); // another process
    append(first.next(EventName::refresh_rotated, 5));
    append(second.next(EventName::refresh_rotated, 5));
    append(first.next(EventName::login_failed, 3));
    append(first.next(EventName::refresh_rotated, 5));
    redis({"XADD", "events", "*", "function", "token", "event", "code_issued"}); // of an earlier version
    admin({"user", "add", "zoe", "--password", "password-of-zoe"});
    auto ran = verify();
    CAPTURE(ran.output, ran.errors);
    CHECK(ran.status == 0);
    CHECK(ran.output.contains("ok       events:token:routine: 15 entries of 2 processes\n"));
    CHECK(ran.output.contains("ok       events:token:refused: 3 entries of 1 process\n"));
    CHECK(ran.output.contains("ok       events:stile: 1 entry of 1 process\n"));
    CHECK(ran.output.contains("note     events: 1 entry of an earlier version, not linked\n"));

    const auto repeated = first.next(EventName::refresh_rotated, 2);
    append(repeated);
    append(repeated);
    append(first.next(EventName::refresh_rotated, 1));
    ran = verify();
    CAPTURE(ran.output);
    CHECK(ran.status == 0);
    CHECK(ran.output.contains("20 entries of 2 processes, 2 of them written twice"));

    // More than the stream keeps: its beginning is not there any more.
    for (int i = 0; i < 5; ++i)
        append(first.next(EventName::refresh_rotated, 200));
    ran = verify();
    CAPTURE(ran.output);
    CHECK(ran.status == 0);

    // Events that did not get into Redis, and the one that says so.
    first.next(EventName::login_failed, 4);
    append({first.next(EventName::events_lost, std::size_t{4})});
    append(first.next(EventName::login_failed, 1));
    ran = verify();
    CAPTURE(ran.output);
    CHECK(ran.status == 0);
    CHECK(ran.output.contains("only on standard error, as events_lost says, of process "));
    CHECK(ran.output.contains("events:token:refused number 4 to 7"));
}

TEST_CASE_METHOD(Trail, "STILE-audit-59 --verify shows a missing, changed, inserted or misplaced event")
{
    Writer writer(*this, "token");
    append(writer.next(EventName::refresh_rotated, 5));
    const auto finds = [&](const std::string& what) {
        const auto ran = verify();
        CAPTURE(ran.output, ran.errors, what);
        CHECK(ran.status == 1);
        CHECK(ran.output.contains(what));
    };
    SECTION("removed from the middle")
    {
        redis({"XDEL", routine, id_of(routine, 2)});
        finds("events:token:routine number 3");
        finds("PROBLEM  events:token:routine: 1 entry removed");
    }
    SECTION("removed from the beginning")
    {
        redis({"XTRIM", routine, "MAXLEN", "2"});
        finds("events:token:routine number 1 to 3");
    }
    SECTION("erased by the function itself, which goes on")
    {
        redis({"XADD", routine, "MAXLEN", "0", "*", "x", "x"});
        finds("PROBLEM  events:token:routine: 6 entries removed");
    }
    SECTION("erased with its key")
    {
        redis({"DEL", routine});
        append(writer.next(EventName::refresh_rotated, 1));
        finds("events:token:routine number 1 to 5");
    }
    SECTION("more missing than events_lost tells of")
    {
        writer.next(EventName::refresh_rotated, 3);
        append({writer.next(EventName::events_lost, std::size_t{2})});
        append(writer.next(EventName::refresh_rotated, 1));
        finds("events:token:routine number 6 to 8; events_lost tells of 2");
    }
    SECTION("changed")
    {
        change_last(routine, "time", "2001-01-01T00:00:00Z");
        append(writer.next(EventName::refresh_rotated, 1));
        finds("does not follow from the one before it");
    }
    SECTION("inserted, with its own number")
    {
        auto forged = writer.next(EventName::refresh_rotated, 1);
        forged[0].time = "2001-01-01T00:00:00Z";
        append(forged);
        auto original = forged;
        original[0].time = rfc3339(clock.now());
        append(original);
        finds("is not the only one with this number");
    }
    SECTION("inserted without a place")
    {
        redis({"XADD", routine, "*", "function", "token", "event", "refresh_rotated"});
        finds("is in no chain");
    }
    SECTION("of another function, and of another kind")
    {
        Writer login(*this, "login");
        const auto record = login.next(EventName::login_succeeded);
        std::vector<std::string> words = {"XADD", routine, "*"};
        for (const auto& [name, text] : record.fields())
            if (!text.empty())
                words.insert(words.end(), {std::string(name), std::string(text)});
        redis(Arguments(words.begin(), words.end()));
        finds("belongs into events:login:routine");
    }
}

TEST_CASE_METHOD(Trail, "STILE-audit-61 check says how far the trail goes back, and how many events it lacks")
{
    const auto sound = admin({"check"}).output;
    CAPTURE(sound);
    CHECK(sound.contains("ok       Redis has all security events since it has been recording them\n"));
    CHECK_FALSE(sound.contains("could not be written to Redis"));
    Writer writer(*this, "token");
    append({writer.next(EventName::events_lost, std::size_t{17})});
    const auto begin = rfc3339(clock.now());
    append(writer.next(EventName::refresh_rotated, 100));
    for (int i = 0; i < 5; ++i)
        append(writer.next(EventName::refresh_rotated, 100));
    const auto later = admin({"check"}).output;
    CAPTURE(later);
    CHECK(later.contains("note     events:token:routine goes back to " + begin.substr(0, 10)));
    CHECK(later.contains("note     17 security events could not be written to Redis"));
    CHECK_FALSE(later.contains("Redis has all security events"));
}
