// The users of Redis that make run makes: what the functions and `stile check` say when one may do too much or too
// little.
#include "tests/integration/support/flow.h"

#include "shared/base/clock.h"
#include "shared/store/connection.h"
#include "tests/support/catch.h"
#include "tests/support/endpoints.h"

#include <cstdlib>
#include <sys/stat.h>

using namespace stile;
using namespace stile::test;

namespace {

struct Site {
    Stack stack{std::vector<Stack::Setting>{{"STILE_CLIENT_CACHE", "0"}}};
    SystemClock clock;
    Connection redis{stack.redis(), clock};

    void acl(const Arguments& rules)
    {
        Arguments words = {"ACL", "SETUSER"};
        words.insert(words.end(), rules.begin(), rules.end());
        REQUIRE(redis.command(words));
    }
};

int mode_of(const std::string& path)
{
    struct stat status{};
    ::stat(path.c_str(), &status);
    return static_cast<int>(status.st_mode & 0777);
}

} // namespace

TEST_CASE("STILE-acl-6 make run gives each function and the admin command its own Redis user and generated password")
{
    Stack one;
    Stack other;
    const SystemClock clock;
    Connection redis(one.redis(), clock);
    HttpClient client(one.base_url());
    CHECK(redeem(client, std::string(42, 'a')).status == 400);
    CHECK(redis.command({"CLIENT", "LIST"})->text.contains(" user=stile-token "));
    CHECK_FALSE(redis.command({"CLIENT", "LIST"})->text.contains(" user=default "));
    for (const auto* name : {"/users.acl", "/operator.password", "/stile.env"})
        CHECK(mode_of(one.dir() + name) == 0600);
    CHECK(read_file(one.dir() + "/stile.env").contains("?user=stile&password="));
    CHECK(read_file(one.dir() + "/operator.password").size() == 43);
    CHECK(read_file(one.dir() + "/operator.password") != read_file(other.dir() + "/operator.password"));
}

TEST_CASE("STILE-acl-7 no Redis password and no secret of make run is in the list of processes")
{
    Stack stack;
    const auto env = read_file(stack.dir() + "/stile.env");
    const auto at = env.find("password=") + 9;
    const auto password = env.substr(at, 43);
    for (const auto& [name, pid] : stack.functions())
        CHECK_FALSE(read_file("/proc/" + std::to_string(pid) + "/cmdline").contains(password));
    const auto redis = read_file("/proc/" + std::to_string(stack.redis_process()) + "/cmdline");
    CHECK_FALSE(redis.contains(password));
    CHECK_FALSE(redis.contains(read_file(stack.dir() + "/operator.password")));
}

TEST_CASE("STILE-acl-8 if a user lacks a right, the response is 503, the log says why, and no process crashes")
{
    Site site;
    Browser browser(site.stack);
    HttpClient client(site.stack.base_url());
    const auto code = browser.obtain_code();
    const auto before = site.stack.functions();
    const std::string counts = "(~throttle:client:* +fcall +@hash +del +expire)";
    const std::string steps = "(~code:* ~grant:* ~access:* ~refresh:* +fcall +hgetall +hdel +del +expire +ttl)";
    for (const std::string user : {"stile-token", "stile-authorize"})
        site.acl({user, "clearselectors", "(%R~schema +get)", "(%R~client:* +hgetall)"});
    CHECK(redeem(client, code).status == 503);
    CHECK(member(redeem(client, code), "error") == "temporarily_unavailable");
    Browser other(site.stack);
    CHECK(other.authorize(demo_request()).status == 503);
    CHECK(
        read_file(site.stack.dir() + "/log/functions.log").contains(" has no permissions to run the 'fcall' command"));
    site.acl({"stile-token", counts, steps}); // no HSET within a step
    CHECK(redeem(client, code).status == 503);
    site.acl({"stile-token", "(~code:* ~grant:* ~access:* ~refresh:* +hset)"});
    CHECK(redeem(client, code).status == 200);
    CHECK(site.stack.functions() == before);
}

TEST_CASE("STILE-acl-9 with a wrong password the response is 503, the log says why, and stile reports it")
{
    Site site;
    HttpClient client(site.stack.base_url());
    site.acl({"stile-token", "resetpass", ">other"});
    site.acl({"stile", "resetpass", ">other"});
    REQUIRE(site.redis.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}));
    CHECK(eventually([&] {
        redeem(client, std::string(42, 'a'));
        return read_file(site.stack.dir() + "/log/functions.log").contains("WRONGPASS");
    }));
    CHECK(redeem(client, std::string(42, 'a')).status == 503);
    const auto ran = site.stack.admin({"client", "list"});
    CHECK(ran.status == 5);
    CHECK(ran.errors.contains("WRONGPASS"));
}

TEST_CASE("STILE-acl-10 stile check names each Redis user with too many or too few rights, and how to correct it")
{
    Site site;
    const auto check = [&] { return site.stack.admin({"check"}); };
    const auto sound = check();
    CAPTURE(sound.output, sound.errors);
    CHECK(sound.status == 0);
    CHECK(sound.output.contains("the Redis user stile has exactly the rights that it needs\n"));
    for (const auto& function : endpoints())
        CHECK(sound.output.contains("the Redis user stile-" + function + " has exactly the rights that it needs\n"));

    site.acl({"stile-token", "-time"});
    const auto less = check();
    CHECK(less.status == 1);
    CHECK(less.output.contains("PROBLEM  the Redis user stile-token lacks rights: TIME; "));
    CHECK(less.output.contains("see redis/README.md"));

    site.acl({"stile-token", "+@all", "~*"});
    const auto more = check();
    CHECK(more.status == 1);
    CHECK(more.output.contains("PROBLEM  the Redis user stile-token has more rights than it needs: GET access:x, "));

    site.acl({"default", "on", "nopass"});
    const auto open = check();
    CHECK(open.output.contains("PROBLEM  Redis accepts connections without a password; disable its default user"));

    site.acl({"default", "off", "resetkeys", "-@all"});
    const auto forgetful = check();
    CHECK(forgetful.output.contains("PROBLEM  the default user may not write: "));

    REQUIRE(site.redis.command({"ACL", "DELUSER", "stile-verify"}));
    CHECK(check().output.contains("note     Redis has no user stile-verify"));
    site.acl({"stile", "-acl|dryrun"});
    CHECK(check().output.contains("note     Redis does not show the rights of its users"));
}
