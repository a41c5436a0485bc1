// What a token request costs Redis.
#include "tests/integration/support/flow.h"
#include "tests/integration/support/protected_api.h"

#include "shared/base/clock.h"
#include "shared/store/connection.h"
#include "tests/support/catch.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace stile;
using namespace stile::test;

namespace {

// The commands that reach Redis from outside while this lives (MONITOR tells those of Lua as well, marked so).
class Monitor {
public:
    explicit Monitor(const RedisAddress& redis) : m_socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        redis.socket.copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::connect(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        const auto words = "AUTH " + redis.user + " " + std::string(redis.password.reveal()) + "\r\nMONITOR\r\n";
        REQUIRE(::write(m_socket, words.data(), words.size()) == static_cast<ssize_t>(words.size()));
        REQUIRE(next() == "+OK");
        REQUIRE(next() == "+OK");
    }
    ~Monitor() { ::close(m_socket); }
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    // The commands up to one that contains `marker`, by name: "FCALL FCALL". Events are written behind the requests,
    // and no answer waits for them.
    std::string commands_until(const std::string& marker)
    {
        std::string names;
        for (auto line = next(); !line.empty() && !line.contains(marker); line = next()) {
            const auto quote = line.find("] \"");
            if (!line.contains(" lua]") && !line.contains("\"XADD\" \"events\""))
                names.append(names.empty() ? "" : " ")
                    .append(line.substr(quote + 3, line.find('"', quote + 3) - quote - 3));
        }
        return names;
    }

private:
    std::string next() const
    {
        std::string line;
        char c = 0;
        while (::read(m_socket, &c, 1) == 1 && c != '\n')
            if (c != '\r')
                line += c;
        return line;
    }

    int m_socket;
};

} // namespace

TEST_CASE("STILE-flow-49 a token request costs one FCALL and nothing else when the client is known")
{
    Stack stack(std::vector<Stack::Setting>{{"STILE_THREADS", "1"}, {"STILE_CLIENT_CACHE", "60"}});
    const SystemClock clock;
    Connection redis(stack.redis(), clock);
    Browser browser(stack);
    HttpClient client(stack.base_url());
    CHECK(redeem(client, browser.obtain_code()).status == 200); // warm: connection, library, client
    const auto code = browser.obtain_code();
    const auto other_code = browser.obtain_code();

    Monitor monitor(stack.redis());
    const auto cost_of = [&](const auto& request) {
        REQUIRE(redis.command({"CONFIG", "RESETSTAT"}));
        REQUIRE(redis.command({"ECHO", "begin"}));
        monitor.commands_until("begin");
        request();
        const auto statistics = redis.command({"INFO", "commandstats"});
        REQUIRE(statistics);
        CHECK(statistics->text.contains("cmdstat_fcall:calls=1,"));
        REQUIRE(redis.command({"ECHO", "end"}));
        return monitor.commands_until("\"end\"");
    };
    Answer tokens;
    CHECK(cost_of([&] { tokens = redeem(client, code); }) == "FCALL INFO");
    CHECK(tokens.status == 200);
    CHECK(cost_of([&] { tokens = refresh(client, member(tokens, "refresh_token")); }) == "FCALL INFO");
    CHECK(tokens.status == 200);
    CHECK(cost_of([&] { CHECK(redeem(client, other_code, {{"redirect_uri", "https://x.example/"}}).status == 400); })
          == "FCALL INFO");
    CHECK(cost_of([&] { CHECK(redeem(client, code).status == 400); }) == "FCALL INFO");
}

TEST_CASE("STILE-flow-50 a refused token request that needs no look into Redis takes none")
{
    Stack stack(std::vector<Stack::Setting>{{"STILE_THREADS", "1"}, {"STILE_CLIENT_CACHE", "60"}});
    const SystemClock clock;
    Connection redis(stack.redis(), clock);
    HttpClient client(stack.base_url());
    CHECK(redeem(client, std::string(42, 'a')).status == 400);
    REQUIRE(redis.command({"PING"})); // connected before anybody counts
    Monitor monitor(stack.redis());
    for (const auto& [body, header] : std::vector<std::pair<std::string, std::string>>{
             {"grant_type=authorization_code&code=x", demo_basic},
             {"grant_type=refresh_token&refresh_token=x", demo_basic},
             {"grant_type=password", demo_basic},
             {"grant_type=authorization_code&code=x", basic("no such client", "wrong")},
             {"grant_type=%", demo_basic}})
        CHECK(client.post("/oauth/tokenize", body, {header}).status >= 400);
    REQUIRE(redis.command({"ECHO", "end"}));
    const auto commands = monitor.commands_until("\"end\"");
    CHECK(commands == "");
}

TEST_CASE("STILE-flow-64 wrong guesses at a chosen client secret are throttled; whoever knows it is not")
{
    Stack stack;
    HttpClient client(stack.base_url());
    const auto guess = [&] {
        return client.post("/oauth/tokenize", "grant_type=refresh_token&refresh_token=x",
                           {basic("test_client", "wrong")});
    };
    CHECK(redeem(client, std::string(42, 'a')).status == 400); // right: remembered by the process
    // The eleventh closes the door for a second, which may be over before the next; the twelfth for two.
    int wrong = 0;
    auto status = guess().status;
    for (; status == 401 && wrong < 13; status = guess().status)
        ++wrong;
    CHECK(status == 429); // unchecked, and it does not say that the secret is wrong
    CHECK((wrong == 11 || wrong == 12));
    const SystemClock clock;
    Connection redis(stack.redis(), clock);
    CHECK(redis.command({"HGET", "throttle:client:test_client:127.0.0.1", "attempts"})->text == std::to_string(wrong));
    CHECK(redeem(client, std::string(42, 'a')).status == 400);
}

TEST_CASE("STILE-flow-66 a verified request, an introspection and a revocation cost one FCALL each")
{
    Stack stack(std::vector<Stack::Setting>{{"STILE_THREADS", "1"}, {"STILE_CLIENT_CACHE", "60"}});
    const ProtectedApi api(stack);
    const SystemClock clock;
    Connection redis(stack.redis(), clock);
    HttpClient client(stack.base_url());
    HttpClient guarded(api.base_url());
    const Headers robot = {
        basic("robot", add_client(stack, {"--id", "robot", "--grant-type", "client_credentials", "--scope", "read"}))};
    const auto token = member(own_token(client, robot), "access_token");
    const std::string bearer = "Authorization: Bearer ";
    const auto verified = [&](const std::string& text) { return guarded.get("/api/x", {bearer + text}).status; };
    // Warm: connection, library, client.
    CHECK(verified(token) == 200);
    CHECK(introspect(client, token, robot).status == 200);
    CHECK(revoke(client, std::string(42, 'a'), robot).status == 200);

    Monitor monitor(stack.redis());
    const auto cost_of = [&](const auto& request) {
        REQUIRE(redis.command({"CONFIG", "RESETSTAT"}));
        REQUIRE(redis.command({"ECHO", "begin"}));
        monitor.commands_until("begin");
        request();
        const auto statistics = redis.command({"INFO", "commandstats"});
        REQUIRE(statistics);
        const auto at = statistics->text.find("cmdstat_fcall"); // or _ro: by a step that only looks
        const auto calls =
            at == std::string::npos ? "0" : statistics->text.substr(statistics->text.find(":calls=", at) + 7, 2);
        REQUIRE(redis.command({"ECHO", "end"}));
        return calls.substr(0, calls.find(',')) + ": " + monitor.commands_until("\"end\"");
    };
    CHECK(cost_of([&] { CHECK(verified(token) == 200); }) == "1: FCALL_RO INFO");
    CHECK(cost_of([&] { CHECK(verified(std::string(42, 'a')) == 401); }) == "1: FCALL_RO INFO");
    CHECK(cost_of([&] { CHECK(guarded.get("/both/x", {bearer + token}).status == 403); }) == "1: FCALL_RO INFO");
    CHECK(cost_of([&] { CHECK(introspect(client, token, robot).status == 200); }) == "1: FCALL_RO INFO");
    CHECK(cost_of([&] { CHECK(own_token(client, robot).status == 200); }) == "1: FCALL INFO");
    CHECK(cost_of([&] { CHECK(revoke(client, token, robot).status == 200); }) == "1: FCALL INFO");
    // What is no token by its form costs nothing.
    CHECK(cost_of([&] {
              CHECK(guarded.get("/api/x").status == 401);
              CHECK(verified("x") == 401);
              CHECK(verified(std::string(6000, 'a')) == 401);
              CHECK(introspect(client, "x", robot).status == 200);
              CHECK(revoke(client, "x", robot).status == 200);
          })
          == "0: INFO");
}
