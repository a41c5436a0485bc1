// The cache of client records; what Clients does with Redis is tested in tests/store.
#include "shared/store/clients.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

using namespace stile;
using namespace stile::test;

namespace {

std::shared_ptr<const Client> client(const std::string& id, const std::string& name)
{
    Client made;
    made.id = id;
    made.name = name;
    return std::make_shared<const Client>(made);
}

} // namespace

TEST_CASE("STILE-client-cache-1 a cached client is kept until its lifetime is over")
{
    FakeClock clock;
    ClientCache cache(5, clock);
    CHECK(cache.find("app") == nullptr);
    const auto kept = client("app", "My App");
    cache.keep(kept);
    CHECK(cache.find("app") == kept);
    clock.advance_milliseconds(4'999);
    CHECK(cache.find("app") == kept);
    clock.advance_milliseconds(1);
    CHECK(cache.find("app") == nullptr);
    CHECK(cache.find("app") == nullptr);
    CHECK(kept->name == "My App"); // an object that is still held stays valid
}

TEST_CASE("STILE-client-cache-2 reading does not extend the lifetime; storing again does")
{
    FakeClock clock;
    ClientCache cache(5, clock);
    cache.keep(client("app", "first"));
    clock.advance(3);
    REQUIRE(cache.find("app") != nullptr);
    clock.advance(2);
    CHECK(cache.find("app") == nullptr);
    cache.keep(client("app", "first"));
    clock.advance(3);
    cache.keep(client("app", "second"));
    clock.advance(3);
    REQUIRE(cache.find("app") != nullptr);
    CHECK(cache.find("app")->name == "second");
}

TEST_CASE("STILE-client-cache-3 a lifetime of 0 caches nothing")
{
    FakeClock clock;
    ClientCache cache(0, clock);
    cache.keep(client("app", "My App"));
    CHECK(cache.find("app") == nullptr);
}

TEST_CASE("STILE-client-cache-4 clients are cached by exact id")
{
    FakeClock clock;
    ClientCache cache(5, clock);
    cache.keep(client("app", "one"));
    cache.keep(client("app2", "two"));
    CHECK(cache.find("app")->name == "one");
    CHECK(cache.find("app2")->name == "two");
    CHECK(cache.find("App") == nullptr);
    CHECK(cache.find("") == nullptr);
}
