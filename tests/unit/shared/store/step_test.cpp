// Calls of steps by the names that their Lua files give; what the steps do is tested in tests/store.
#include "shared/store/step.h"

#include "shared/store/library.h"
#include "tests/support/catch.h"

#include <stdexcept>

using namespace stile;

namespace {

std::string message_of(const auto& call)
{
    try {
        call();
    } catch (const std::logic_error& error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("STILE-step-1 the keys and arguments of a step are sent in the order of its Lua file")
{
    const auto version = std::string(library_version());
    CHECK(Step("set_field").with("value", "v").with("field", "f").key("record_key", "k").command()
          == Command{"FCALL", "set_field" + version, "1", "k", "f", "v"});
    CHECK(Step("save_record").with("ttl", 60).fields({"a", "1"}).key("record_key", "k").fields({"b", "2"}).command()
          == Command{"FCALL", "save_record" + version, "1", "k", "60", "a", "1", "b", "2"});
    CHECK(Step("import_records")
              .keys({"k1", "k2"})
              .with("replace", true)
              .with("only_check", false)
              .with("now", 7)
              .with("record_count", 1)
              .with("user_count", 0)
              .with("former_count", 0)
              .fields({"1", "a", "b"})
              .command()
          == Command{"FCALL", "import_records" + version, "2", "k1", "k2", "1", "", "7", "1", "0", "0", "1", "a", "b"});
}

TEST_CASE("STILE-step-2 a read-only step is called by FCALL_RO; other steps are not")
{
    for (const auto& step : library_steps()) {
        INFO(step.name);
        CHECK(step.only_reads == (step.name == "inspect"));
    }
    const auto inspect = Step("inspect").key("token_key", "t").key("grant_key", "g").with("token_sha256", "");
    CHECK(inspect.command().front() == "FCALL_RO");
    CHECK(Step("revoke_grant").key("grant_key", "g").command().front() == "FCALL");
}

TEST_CASE("STILE-step-3 a wrong, repeated or missing name is an error that names it")
{
    CHECK(message_of([] { Step("no_such_step"); }) == "no step no_such_step");
    CHECK(message_of([] { Step("deny_request").key("code_key", ""); }) == "step deny_request has no key code_key");
    CHECK(message_of([] { Step("deny_request").with("now", 1); }) == "step deny_request has no argument now");
    CHECK(message_of([] { Step("set_field").with("value", "v").with("value", "v"); })
          == "step set_field was given twice value");
    CHECK(message_of([] { Step("set_field").fields({"a", "b"}); }) == "step set_field takes no fields ");
    CHECK(message_of([] { Step("set_field").keys({"a"}); }) == "step set_field does not take a list of keys ");
    CHECK(message_of([] { Step("set_field").with("field", "f").with("value", "v").command(); })
          == "step set_field lacks the key record_key");
    CHECK(message_of([] { Step("set_field").key("record_key", "k").with("value", "v").command(); })
          == "step set_field lacks the argument field");
}
