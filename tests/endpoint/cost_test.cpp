// What requests cost Redis.
#include "tests/endpoint/browser.h"
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

    // The commands up to one that contains `marker`, by name: "FCALL FCALL".
    std::string commands_until(const std::string& marker)
    {
        std::string names;
        for (auto line = next(); !line.empty() && !line.contains(marker); line = next()) {
            const auto quote = line.find("] \"");
            if (!line.contains(" lua]"))
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

// Clients are remembered, as they are by default.
struct Costs : Instance {
    Costs() : Instance(Variables{{"STILE_CLIENT_CACHE", "60"}}) {}

    Caller client{*this};

    // How many steps a request calls, and what commands reach Redis: "1: FCALL".
    std::string cost_of(const std::function<void()>& request)
    {
        Monitor monitor(server.address("operator"));
        redis({"CONFIG", "RESETSTAT"});
        redis({"ECHO", "begin"});
        monitor.commands_until("\"begin\"");
        request();
        const auto statistics = redis({"INFO", "commandstats"}).text;
        redis({"ECHO", "end"});
        const auto at = statistics.find("cmdstat_fcall"); // or _ro: by a step that only looks
        const auto calls = at == std::string::npos ? "0" : statistics.substr(statistics.find(":calls=", at) + 7, 2);
        auto commands = monitor.commands_until("\"end\"");
        return calls.substr(0, calls.find(',')) + ": " + commands.substr(0, commands.rfind("INFO"));
    }
};

} // namespace

TEST_CASE_METHOD(Costs, "STILE-flow-49 a token request costs one FCALL and nothing else when the client is known")
{
    Browser browser(*this);
    CHECK(redeem(client, browser.obtain_code()).status == 200); // warm: connection, library, client
    const auto code = browser.obtain_code();
    const auto other_code = browser.obtain_code();
    Answer tokens;
    CHECK(cost_of([&] { tokens = redeem(client, code); }) == "1: FCALL ");
    CHECK(tokens.status == 200);
    CHECK(cost_of([&] { tokens = refresh(client, member(tokens, "refresh_token")); }) == "1: FCALL ");
    CHECK(tokens.status == 200);
    CHECK(cost_of([&] { CHECK(redeem(client, other_code, {{"redirect_uri", "https://x.example/"}}).status == 400); })
          == "1: FCALL ");
    CHECK(cost_of([&] { CHECK(redeem(client, code).status == 400); }) == "1: FCALL ");
}

TEST_CASE_METHOD(Costs, "STILE-flow-50 a refused token request that needs no look into Redis takes none")
{
    CHECK(redeem(client, std::string(42, 'a')).status == 400);
    for (const auto& [body, header] : std::vector<std::pair<std::string, std::string>>{
             {"grant_type=authorization_code&code=x", demo_basic},
             {"grant_type=refresh_token&refresh_token=x", demo_basic},
             {"grant_type=password", demo_basic},
             {"grant_type=authorization_code&code=x", basic("no such client", "wrong")},
             {"grant_type=%", demo_basic}}) {
        CAPTURE(body, header);
        CHECK(cost_of([&] { CHECK(client.post("/oauth/tokenize", body, {header}).status >= 400); }) == "0: ");
    }
}

TEST_CASE_METHOD(Costs, "STILE-flow-64 wrong guesses at a chosen client secret are throttled; the right secret is not")
{
    const auto guess = [&] {
        return client.post("/oauth/tokenize", "grant_type=refresh_token&refresh_token=x",
                           {basic("test_client", "wrong")});
    };
    CHECK(redeem(client, std::string(42, 'a')).status == 400); // right: remembered by the process
    for (int wrong = 0; wrong < 11; ++wrong) // ten are free, and the eleventh makes the next one wait
        CHECK(guess().status == 401);
    CHECK(guess().status == 429); // unchecked, and it does not say that the secret is wrong
    CHECK(redis({"HGET", "throttle:client:test_client:192.0.2.1", "attempts"}).text == "11");
    CHECK(redeem(client, std::string(42, 'a')).status == 400);
}

TEST_CASE_METHOD(Costs, "STILE-flow-66 a verified request, an introspection and a revocation cost one FCALL each")
{
    const Headers robot = {
        basic("robot", add_client({.id = "robot", .scope = scope_of("read"), .grant_types = {"client_credentials"}}))};
    const auto token = member(own_token(client, robot), "access_token");
    const auto verified = [&](const std::string& text, const std::string& scope = "read") {
        return client.verify(bearer(text), scope).status;
    };
    // Warm: connection, library, client.
    CHECK(verified(token) == 200);
    CHECK(introspect(client, token, robot).status == 200);
    CHECK(revoke(client, std::string(42, 'a'), robot).status == 200);

    CHECK(cost_of([&] { CHECK(verified(token) == 200); }) == "1: FCALL_RO ");
    CHECK(cost_of([&] { CHECK(verified(std::string(42, 'a')) == 401); }) == "1: FCALL_RO ");
    CHECK(cost_of([&] { CHECK(verified(token, "read write") == 403); }) == "1: FCALL_RO ");
    CHECK(cost_of([&] { CHECK(introspect(client, token, robot).status == 200); }) == "1: FCALL_RO ");
    CHECK(cost_of([&] { CHECK(own_token(client, robot).status == 200); }) == "2: FCALL FCALL "); // and its index
    CHECK(cost_of([&] { CHECK(revoke(client, token, robot).status == 200); }) == "1: FCALL ");
    // What is no token by its form costs nothing.
    CHECK(cost_of([&] {
              CHECK(client.verify("X: y", "read").status == 401);
              CHECK(verified("x") == 401);
              CHECK(verified(std::string(6000, 'a')) == 401);
              CHECK(introspect(client, "x", robot).status == 200);
              CHECK(revoke(client, "x", robot).status == 200);
          })
          == "0: ");
}
