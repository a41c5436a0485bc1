// What the admin command says to a command line that it does not understand, and when it cannot reach Redis.
#include "tests/endpoint/stile/admin.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

TEST_CASE_METHOD(Instance, "STILE-admin-23 a misspelt command or option is named, with those that are near")
{
    const auto [arguments, sentence] = GENERATE(table<Words, std::string>({
        {{"clent", "list"}, "no command clent; did you mean client? (see stile --help)"},
        {{"client", "lst"}, "no command lst; did you mean list? (see stile client --help)"},
        {{"client", "lst", "--json"}, "no command lst; did you mean list? (see stile client --help)"},
        {{"user", "ad", "x"}, "no command ad; did you mean add? (see stile user --help)"},
        {{"client", "frobnicate"}, "no command frobnicate (see stile client --help)"},
        // Before what it stands for is missed.
        {{"client", "add", "--redirct-uri", "x"},
         "no option --redirct-uri; did you mean --redirect-uri? (see stile client add --help)"},
        {{"client", "show", "--jsn"}, "no option --jsn; did you mean --json? (see stile client show --help)"},
        {{"user", "list", "-json"}, "no option -json; did you mean --json? (see stile user list --help)"},
        {{"--json", "client", "list"}, "no option --json (see stile --help)"},
        // The value may be a secret.
        {{"user", "add", "x", "--pasword=hunter2"},
         "no option --pasword; did you mean --password? (see stile user add --help)"},
        {{"client", "show", "a", "b"}, "unexpected argument b (see stile client show --help)"},
    }));
    CAPTURE(arguments);
    const auto ran = admin(arguments);
    CHECK(ran.status == 2);
    CHECK(ran.output.empty());
    CHECK(ran.errors == "stile: " + sentence + "\n");
}

TEST_CASE_METHOD(Instance, "STILE-admin-24 an error is one line that begins with stile:, also of wrong usage")
{
    const auto [arguments, status, beginning] = GENERATE(table<Words, int, std::string>({
        {{}, 2, "stile: a subcommand is required (see stile --help)"},
        {{"client"}, 2, "stile: a subcommand is required (see stile client --help)"},
        {{"client", "add"}, 2, "stile: --id is required (see stile client add --help)"},
        {{"client", "show"}, 2, "stile: ID is required (see stile client show --help)"},
        {{"events", "--count", "0"}, 2, "stile: --count: "},
        {{"events", "--event", "x"}, 2, "stile: --event: "},
        {{"client", "update", "test_client", "--name"}, 2, "stile: --name: "},
        {{"user", "end-sessions", "x", "--subject", "y"}, 2, "stile: "},
        {{"grant", "revoke"}, 2, "stile: missing argument"},
        {{"client", "show", "a\nb\rc"}, 3, "stile: no client a b c"},
    }));
    CAPTURE(arguments);
    const auto ran = admin(arguments);
    CHECK(ran.status == status);
    CHECK(ran.output.empty());
    CHECK(ran.errors.starts_with(beginning));
    CHECK(ran.errors.find('\n') == ran.errors.size() - 1);
    CHECK_FALSE(ran.errors.contains('\r'));

    const auto help = admin({"client", "add", "--help"});
    CHECK(help.status == 0);
    CHECK(help.errors.empty());
    CHECK(help.output.contains("--redirect-uri"));
}

TEST_CASE("STILE-admin-25 a Redis that cannot be reached is named by its address, without user and password")
{
    const auto [address, named] = GENERATE(table<std::string, std::string>({
        {"unix:///nowhere/redis.sock?user=operator&password=hunter2&db=1", "unix:///nowhere/redis.sock"},
        {"redis://operator:hunter2@127.0.0.1:1/1", "redis://127.0.0.1:1"},
        {"redis://operator:hunter2@[::1]:1", "redis://[::1]:1"},
    }));
    CAPTURE(address);
    Instance instance({{"STILE_REDIS", address}});
    const auto ran = instance.admin({"client", "list"});
    CHECK(ran.status == 5);
    CHECK(ran.errors.starts_with("stile: cannot use Redis at " + named + " (STILE_REDIS): "));
    CHECK_FALSE(ran.errors.contains("): Redis:"));
    CHECK_FALSE(ran.errors.contains("hunter2"));
    CHECK_FALSE(ran.errors.contains("operator"));
}
