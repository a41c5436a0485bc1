// The admin command against a running set: what it says, its exit status, and what the functions do afterwards.
#include "tests/endpoint/stile/admin.h"
#include "tests/support/catch.h"
#include "tests/support/page_folder.h"

#include <algorithm>

using namespace stile;
using namespace stile::test;

namespace {

bool is_one_line(const std::string& text)
{
    return std::ranges::count(text, '\n') == 1 && text.ends_with('\n');
}

std::vector<std::string> add(const std::string& id, const std::vector<std::string>& more)
{
    std::vector<std::string> arguments = {"client", "add", "--id", id};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

struct Unsafe {
    std::vector<std::string> arguments;
    std::string word; // of the line that refuses them
};

struct AdminCommand : Instance {
    Caller client{*this};

    bool is_listed(const std::string& noun, const std::string& name)
    {
        return ("\n" + admin({noun, "list"}).output).contains("\n" + name + "\n");
    }
};

} // namespace

TEST_CASE_METHOD(AdminCommand, "STILE-flow-52 a client is added, listed, shown without its secret, and removed")
{
    const auto added =
        admin(add("shop", {"--name", "The Shop", "--redirect-uri", "https://shop.example/cb", "--scope", "a b"}));
    CHECK(added.status == 0);
    CHECK(added.output.starts_with("client_id: shop\nclient_secret: "));
    const auto secret = added.output.substr(31, 43);
    const auto again = admin(add("shop", {"--redirect-uri", "https://shop.example/cb"}));
    CHECK(again.status == 4);
    CHECK(is_one_line(again.errors));
    CHECK(is_listed("client", "shop"));
    const auto shown = admin({"client", "show", "shop"});
    CHECK(shown.status == 0);
    for (const char* line : {"client_id: shop\n", "name: The Shop\n", "scope: a b\n",
                             "redirect_uri: https://shop.example/cb\n", "token_endpoint_auth_method: any_secret\n"})
        CHECK(shown.output.contains(line));
    CHECK_FALSE(shown.output.contains(secret));
    CHECK_FALSE(shown.output.contains("sha256"));
    CHECK(member(redeem(client, "x", {}, {basic("shop", secret)}), "error") == "invalid_grant");
    CHECK(admin({"client", "remove", "shop"}).status == 0);
    CHECK_FALSE(is_listed("client", "shop"));
    CHECK(admin({"client", "show", "shop"}).status == 3);
    CHECK(admin({"client", "remove", "shop"}).status == 3);
    CHECK(redeem(client, "x", {}, {basic("shop", secret)}).status == 401);
}

TEST_CASE_METHOD(AdminCommand, "STILE-flow-53 a client that cannot be safe is refused in one line that says why")
{
    const auto [arguments, word] = GENERATE(values<Unsafe>({
        {{"--redirect-uri", "http://shop.example/cb"}, "https"},
        {{"--redirect-uri", "https://shop.example/cb#x"}, "fragment"},
        {{"--redirect-uri", "javascript:alert(1)"}, "scheme"},
        {{"--redirect-uri", "data:text/html,x"}, "scheme"},
        {{"--redirect-uri", "myapp:/cb"}, "scheme"},
        {{"--redirect-uri", "/cb"}, "absolute"},
        {{"--redirect-uri", "https://shop.example/a b"}, "space"},
        {{"--redirect-uri", "https://user@shop.example/"}, "user"},
        {{"--redirect-uri", "https://shop.example/cb\r\nx"}, "space"},
        {std::vector<std::string>{}, "--redirect-uri"},
        {{"--redirect-uri", "https://shop.example/", "--scope", "a\"b"}, "scope"},
        {{"--redirect-uri", "https://shop.example/", "--grant-type", "implicit"}, "--grant-type"},
        {{"--redirect-uri", "https://shop.example/", "--public", "--secret", "x"}, "--secret"},
        {{"--redirect-uri", "https://shop.example/", "--token-endpoint-auth-method", "tls"}, "client_secret_basic"},
        {{"--redirect-uri", "https://shop.example/", "--token-endpoint-auth-method", "none"}, "--public"},
        {{"--redirect-uri", "https://shop.example/", "--name", "a\nb"}, "--name"},
        {{"--public", "--grant-type", "client_credentials"}, "client_credentials"},
    }));
    CAPTURE(word);
    const auto ran = admin(add("unsafe", arguments));
    CHECK(ran.status == 2);
    CHECK(ran.output.empty());
    CHECK(ran.errors.contains(word));
    CHECK(std::ranges::count(ran.errors, '\n') <= 2); // a URI may bring a line end of its own
    CHECK(admin({"client", "show", "unsafe"}).status == 3);
}

TEST_CASE_METHOD(AdminCommand, "STILE-flow-54 wrong use is exit status 2, no Redis is 5")
{
    const auto arguments =
        GENERATE(std::vector<std::string>{}, std::vector<std::string>{"nonsense"}, std::vector<std::string>{"client"},
                 std::vector<std::string>{"client", "add"}, std::vector<std::string>{"client", "show"},
                 std::vector<std::string>{"user", "add"}, std::vector<std::string>{"token", "show", "short"},
                 std::vector<std::string>{"client", "add", "--id"});
    CHECK(admin(arguments).status == 2);
}

TEST_CASE_METHOD(AdminCommand, "STILE-flow-55 a user is added, listed and removed; a name has one form")
{
    CHECK(admin({"user", "add", "Ann"}, "first password\n").status == 0);
    CHECK(admin({"user", "add", "ann"}, "x\n").status == 4);
    CHECK(is_listed("user", "ann"));
    CHECK(admin({"user", "add", "a b"}, "x\n").status == 2);
    CHECK(admin({"user", "add", "empty"}, "\n").status == 2);
    CHECK(admin({"user", "add", "bad-subject", "--password", "x", "--subject", "a b"}).status == 2);
    CHECK(admin({"user", "set-password", "nobody"}, "x\n").status == 3);
    CHECK(admin({"user", "remove", "nobody"}).status == 3);
    CHECK(admin({"user", "remove", "ANN"}).status == 0);
    CHECK_FALSE(is_listed("user", "ann"));
}

TEST_CASE_METHOD(AdminCommand, "STILE-flow-56 a new password ends the sessions and grants that the old one gave")
{
    admin({"user", "add", "bob", "--password", "old"});
    Browser browser(*this);
    const auto consent = browser.reach_consent(demo_request(), "bob", "old");
    const auto waiting = value_of(query_of(browser.approve(browser.reach_consent(demo_request())).location()), "code");
    const auto tokens = redeem(client, value_of(query_of(browser.approve(consent).location()), "code"));
    Browser other(*this);
    const auto of_another = redeem(client, other.obtain_code());
    const auto changed = admin({"user", "set-password", "bob"}, "new\n");
    CHECK(changed.status == 0);
    CHECK(changed.output == "changed; 1 session ended, 2 grants revoked\n");
    CHECK(refresh(client, member(tokens, "refresh_token")).status == 400);
    CHECK(redeem(client, waiting).status == 400);
    CHECK(admin({"token", "show", member(tokens, "access_token")}).status == 3);
    const auto login = browser.authorize(demo_request()).location();
    CHECK(login.starts_with("/login?"));
    CHECK(browser.log_in(login, "bob", "old").status == 403);
    CHECK(browser.log_in(login, "bob", "new").status == 303);
    CHECK(refresh(client, member(of_another, "refresh_token")).status == 200);
}

TEST_CASE_METHOD(AdminCommand,
                 "STILE-process-7 secrets are given on standard input, where no list of processes shows them")
{
    CHECK(admin({"user", "add", "carol", "--password", "-"}, "from standard input\n").status == 0);
    Browser browser(*this);
    const auto login = browser.authorize(demo_request()).location();
    CHECK(browser.log_in(login, "carol", "-").status == 403);
    CHECK(browser.log_in(login, "carol", "from standard input").status == 303);
    CHECK(admin({"user", "set-password", "carol", "--password", "-"}, "\n").status == 2);

    const std::vector<std::string> chosen = {"--redirect-uri", demo_redirect, "--secret", "-"};
    CHECK(admin(add("quiet", chosen), "").errors == "stile: --secret is empty\n");
    CHECK(admin(add("quiet", chosen), "whispered\n").output == "client_id: quiet\n");
    CHECK(redeem(client, "x", {}, {basic("quiet", "-")}).status == 401);
    CHECK(redeem(client, "x", {}, {basic("quiet", "whispered")}).status == 400);
}

TEST_CASE_METHOD(AdminCommand, "STILE-flow-57 removing a client or a user revokes what they had")
{
    const auto secret = add_by_command(*this, {"--id", "doomed", "--redirect-uri", demo_redirect, "--scope", "email"});
    admin({"user", "add", "eve", "--password", "eve"});
    Browser browser(*this);
    const auto code_of = [&](const std::string& id) {
        const auto path = browser.reach_consent(demo_request({{"client_id", id}}), "eve", "eve");
        return value_of(query_of(browser.approve(path).location()), "code");
    };
    const auto of_client = redeem(client, code_of("doomed"), {}, {basic("doomed", secret)});
    const auto of_user = redeem(client, code_of("test_client"));
    CHECK(of_client.status == 200);
    CHECK(admin({"client", "remove", "doomed"}).output == "removed; 1 grant revoked\n");
    CHECK(refresh(client, member(of_client, "refresh_token"), {}, {basic("doomed", secret)}).status == 401);
    CHECK(admin({"token", "show", member(of_client, "access_token")}).status == 3);
    // A new client of that name has nothing of the old one.
    const auto successor =
        add_by_command(*this, {"--id", "doomed", "--redirect-uri", demo_redirect, "--scope", "email"});
    CHECK(refresh(client, member(of_client, "refresh_token"), {}, {basic("doomed", successor)}).status == 400);
    CHECK(admin({"user", "remove", "eve"}).output == "removed; 1 session ended, 1 grant revoked\n");
    CHECK(refresh(client, member(of_user, "refresh_token")).status == 400);
    CHECK(browser.authorize(demo_request()).location().starts_with("/login?"));
}

TEST_CASE_METHOD(
    AdminCommand,
    "STILE-flow-58 token show tells about a token, whole or by its first 18 characters, and not its secret")
{
    Browser browser(*this);
    const auto code = browser.obtain_code();
    const auto tokens = redeem(client, code);
    for (const auto& token : {code, member(tokens, "access_token"), member(tokens, "refresh_token")}) {
        const auto shown = admin({"token", "show", token});
        CHECK(shown.status == 0);
        // The same but for the seconds that are left.
        const auto by_name = admin({"token", "show", token.substr(0, 18)}).output;
        CHECK(by_name.substr(0, by_name.find("expires_in: "))
              == shown.output.substr(0, shown.output.find("expires_in: ")));
        CHECK(shown.output.contains("client_id: test_client\n"));
        CHECK(shown.output.contains("sub: admin\n"));
        CHECK(shown.output.contains("scope: email\n"));
        CHECK(shown.output.contains("expires_in: "));
        CHECK_FALSE(shown.output.contains(token.substr(18)));
    }
    CHECK(admin({"token", "show", std::string(42, 'a')}).status == 3);
}

TEST_CASE_METHOD(AdminCommand,
                 "STILE-redirect-uri-10 a redirect URI with a parameter of the response is refused when it is added")
{
    for (const char* uri : {"https://shop.example/cb?code=x", "https://shop.example/cb?a=b&%69ss=x"}) {
        CAPTURE(uri);
        const auto refused = admin(add("shop", {"--redirect-uri", "https://shop.example/cb", "--redirect-uri", uri}));
        CHECK(refused.status == 2);
        CHECK(is_one_line(refused.errors));
        CHECK(refused.errors.contains("--redirect-uri " + std::string(uri) + " has the parameter "));
    }
    CHECK(admin(add("shop", {"--redirect-uri", "https://shop.example/cb?a=code"})).status == 0);
    CHECK(admin({"client", "update", "shop", "--redirect-uri", "https://shop.example/cb?error=x"}).status == 2);
    CHECK(admin({"client", "update", "shop", "--post-logout-redirect-uri", "https://shop.example/?state=x"}).status
          == 2);
}

TEST_CASE_METHOD(AdminCommand, "STILE-redirect-uri-10 what an earlier version has registered still works, and may stay")
{
    const std::string uri = "https://shop.example/cb?state=mine";
    add_client({.id = "old",
                .name = "a\xe2\x80\xae"
                        "b",
                .redirect_uris = {uri},
                .scope = scope_of("email")},
               "right");
    Browser browser(*this);
    const auto path = browser.reach_consent(demo_request({{"client_id", "old"}, {"redirect_uri", uri}}));
    CHECK(browser.approve(path).location().starts_with(uri + "&state="));
    CHECK(admin({"client", "update", "old", "--scope", "email read"}).status == 0);
    CHECK(admin({"client", "update", "old", "--redirect-uri", uri, "--redirect-uri", "https://shop.example/"}).status
          == 0);
    CHECK(admin({"client", "update", "old", "--redirect-uri", uri + "&code=x"}).status == 2);
    const auto document = admin({"export", "-"}).output;
    CHECK(admin({"import", "--replace", "-"}, document).status == 0);
}

TEST_CASE_METHOD(AdminCommand,
                 "STILE-shown-4 a name that is not shown as it is is refused; one in a record is printed escaped")
{
    for (const std::string character : {"\xc2\x9b", "\xe2\x80\xae", "\xe2\x80\x8b", "\xe3\x85\xa4", "\xff"}) {
        CAPTURE(character);
        const auto name = "My" + character + "Bank";
        CHECK(admin(add("bank", {"--name", name, "--redirect-uri", "https://bank.example/cb"})).status == 2);
        CHECK(admin({"user", "add", "ann", "--password", "a password of ann", "--name", name}).status == 2);
        CHECK(admin({"user", "update", "admin", "--claim", "nickname=" + name}).status == 2);
    }
    CHECK(admin({"user", "update", "admin", "--name", "Zoë Ø 王"}).status == 0);
    add_client({.id = "old",
                .name = "a\xc2\x9b"
                        "2Jb",
                .redirect_uris = {demo_redirect}},
               "right");
    const auto shown = admin({"client", "show", "old"}).output;
    CHECK(shown.contains("name: a\\u{9b}2Jb\n"));
    CHECK_FALSE(shown.contains("\x9b"));
}
