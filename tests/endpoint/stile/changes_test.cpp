// The admin command: changing what there is, grants, JSON, and what it says to a wrong name.
#include "tests/endpoint/stile/admin.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

using Json = nlohmann::json;

Json all_but(Json object, const std::vector<std::string>& names)
{
    for (const auto& name : names)
        object.erase(name);
    return object;
}

std::string grant_of(const Answer& tokens)
{
    return member(tokens, "access_token").substr(0, 12);
}

struct AdminCommand : Instance {
    Caller client{*this};

    // A client with everything that can be set.
    std::string add_shop(const std::string& id)
    {
        return add_client({.id = id,
                           .name = "The Shop",
                           .auth_method = AuthMethod::client_secret_basic,
                           .redirect_uris = {demo_redirect},
                           .scope = scope_of("email read"),
                           .require_pkce = true,
                           .introspects_any = true,
                           .refresh_grace = 30,
                           .access_token_alg = JwsAlgorithm::es256,
                           .audience = "https://api.example"});
    }

    // Tokens of `user`, by way of the browser.
    Answer tokens_of(const std::string& user, const std::string& client_id, const std::string& secret)
    {
        Browser browser(*this);
        const auto path = browser.reach_consent(demo_request({{"client_id", client_id}}), user, "password of " + user);
        const auto code = value_of(query_of(browser.approve(path).location()), "code");
        auto tokens = redeem(client, code, {}, {basic(client_id, secret)});
        CAPTURE(tokens.body);
        REQUIRE(tokens.status == 200);
        return tokens;
    }
};

} // namespace

TEST_CASE_METHOD(AdminCommand, "STILE-admin-5 an update changes the settings that are given and keeps the others")
{
    add_shop("kept");
    const auto before = json_of(*this, {"client", "show", "kept"});
    const auto [arguments, name, value] = GENERATE(table<std::vector<std::string>, std::string, Json>({
        {{"--name", "Another"}, "name", "Another"},
        {{"--redirect-uri", "https://a.example/", "--redirect-uri", "https://b.example/"},
         "redirect_uris",
         {"https://a.example/", "https://b.example/"}},
        {{"--scope", "read"}, "scope", "read"},
        {{"--grant-type", "client_credentials"}, "grant_types", {"client_credentials"}},
        {{"--introspect", "own"}, "introspect", "own"},
        {{"--refresh-grace", "0"}, "refresh_grace", 0},
        {{"--access-token-alg", "RS256"}, "access_token_alg", "RS256"},
        {{"--audience", "https://other.example"}, "audience", "https://other.example"},
        {{"--token-endpoint-auth-method", "client_secret_post"}, "token_endpoint_auth_method", "client_secret_post"},
    }));
    CAPTURE(name);
    std::vector<std::string> command = {"client", "update", "kept"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto ran = admin(command);
    CHECK(ran.status == 0);
    CHECK(ran.output == "changed: " + name + "\n");
    const auto after = json_of(*this, {"client", "show", "kept"});
    CHECK(after[name] == value);
    CHECK(all_but(after, {name}) == all_but(before, {name}));
    CHECK(admin(command).output == "nothing to change\n");
    CHECK(admin({"client", "remove", "kept"}).status == 0);
}

TEST_CASE_METHOD(AdminCommand, "STILE-admin-5 an update works at once, and the secret stays")
{
    const auto secret = add_by_command(*this, {"--id", "moving", "--redirect-uri", demo_redirect});
    CHECK(member(own_token(client, {basic("moving", secret)}), "error") == "unauthorized_client");
    CHECK(admin({"client", "update", "moving", "--grant-type", "client_credentials"}).status == 0);
    CHECK(own_token(client, {basic("moving", secret)}).status == 200);
}

TEST_CASE_METHOD(AdminCommand,
                 "STILE-admin-5 what may not be registered may not be made of a client, and the client stays as it was")
{
    add_shop("strict");
    add_by_command(*this, {"--id", "strict-public", "--public", "--redirect-uri", demo_redirect});
    const auto before = json_of(*this, {"client", "show", "strict"});
    const auto [id, arguments, sentence] = GENERATE(table<std::string, std::vector<std::string>, std::string>({
        {"strict", {"--redirect-uri", "http://shop.example/"}, "--redirect-uri http://shop.example/ is http: only"},
        {"strict", {"--scope", "a\"b"}, "--scope must be at most 64 words"},
        {"strict", {"--unset", "redirect-uri"}, "--redirect-uri is missing"},
        {"strict", {"--unset", "access-token-alg"}, "--audience is for JWT access tokens"},
        {"strict", {"--refresh-grace", "301"}, "--refresh-grace must be 0 to 300"},
        {"strict", {"--grant-type", "implicit"}, "--grant-type must be"},
        {"strict", {"--introspect", "some"}, "--introspect must be"},
        {"strict", {"--access-token-alg", "none"}, "--access-token-alg must be"},
        {"strict", {"--unset", "secret"}, "--unset"},
        {"strict", {"--token-endpoint-auth-method", "none"}, "cannot change between public and confidential"},
        {"strict-public", {"--grant-type", "client_credentials"}, "not for a public client"},
        {"strict-public", {"--unset", "token-endpoint-auth-method"}, "cannot change between public and confidential"},
    }));
    CAPTURE(sentence);
    std::vector<std::string> command = {"client", "update", id};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto ran = admin(command);
    CHECK(ran.status == 2);
    CHECK(ran.output.empty());
    CHECK(ran.errors.contains(sentence));
    CHECK(json_of(*this, {"client", "show", "strict"}) == before);
    admin({"client", "remove", "strict"});
    admin({"client", "remove", "strict-public"});
}

TEST_CASE_METHOD(AdminCommand, "STILE-admin-6 every setting can be taken away again")
{
    add_shop("bare");
    CHECK(admin({"client",
                 "update",
                 "bare",
                 "--unset",
                 "name",
                 "--unset",
                 "scope",
                 "--unset",
                 "require-pkce",
                 "--unset",
                 "introspect",
                 "--unset",
                 "refresh-grace",
                 "--unset",
                 "access-token-alg",
                 "--unset",
                 "audience",
                 "--unset",
                 "token-endpoint-auth-method",
                 "--unset",
                 "grant-type"})
              .status
          == 0);
    add_by_command(*this, {"--id", "fresh", "--redirect-uri", demo_redirect});
    CHECK(all_but(json_of(*this, {"client", "show", "bare"}), {"client_id", "name"})
          == all_but(json_of(*this, {"client", "show", "fresh"}), {"client_id", "name"}));
    CHECK(json_of(*this, {"client", "show", "bare"})["name"] == "bare");
    admin({"client", "remove", "bare"});
    admin({"client", "remove", "fresh"});
}

TEST_CASE_METHOD(AdminCommand, "STILE-admin-7 a new secret is shown once and ends the old one; tokens stay")
{
    const auto old = add_by_command(*this, {"--id", "rotating", "--grant-type", "client_credentials"});
    const auto token = member(own_token(client, {basic("rotating", old)}), "access_token");
    const auto rotated = admin({"client", "rotate-secret", "rotating"});
    CHECK(rotated.status == 0);
    REQUIRE(rotated.output.starts_with("client_id: rotating\nclient_secret: "));
    const auto fresh = rotated.output.substr(std::string("client_id: rotating\nclient_secret: ").size(), 43);
    CHECK(own_token(client, {basic("rotating", old)}).status == 401);
    CHECK(own_token(client, {basic("rotating", fresh)}).status == 200);
    CHECK(introspect(client, token, {basic("rotating", fresh)}).body.contains("\"active\":true"));
    CHECK_FALSE(admin({"client", "show", "rotating"}).output.contains(fresh));
    // One of one's own choice is not shown.
    const auto chosen = admin({"client", "rotate-secret", "rotating", "--secret", "-"}, "whispered secret\n");
    CHECK(chosen.output == "client_id: rotating\n");
    CHECK(own_token(client, {basic("rotating", "whispered secret")}).status == 200);
    CHECK(own_token(client, {basic("rotating", fresh)}).status == 401);
    CHECK(admin({"client", "rotate-secret", "rotating", "--secret", "-"}, "\n").status == 2);
    CHECK(admin({"client", "rotate-secret", "nosuch"}).status == 3);
    add_by_command(*this, {"--id", "secretless", "--public", "--redirect-uri", demo_redirect});
    CHECK(admin({"client", "rotate-secret", "secretless"}).status == 2);
}

TEST_CASE_METHOD(AdminCommand, "STILE-admin-8 a new subject ends what was given to the old one")
{
    const auto secret = add_by_command(*this, {"--id", "witness", "--redirect-uri", demo_redirect, "--scope", "email"});
    admin({"user", "add", "ida", "--subject", "ida", "--password", "password of ida"});
    const auto tokens = tokens_of("ida", "witness", secret);
    CHECK(admin({"user", "update", "ida", "--subject", "a b"}).status == 2);
    CHECK(admin({"user", "update", "nobody", "--subject", "x"}).status == 3);
    CHECK(admin({"user", "update", "ida"}).status == 2);
    CHECK(admin({"user", "update", "ida", "--subject", "ida"}).output == "nothing to change\n");
    CHECK(admin({"user", "update", "ida", "--subject", "7c9e"}).output
          == "changed: sub; 1 session ended, 1 grant revoked\n");
    CHECK(admin({"user", "show", "ida"}).output == "user: ida\nsub: 7c9e\n");
    CHECK(refresh(client, member(tokens, "refresh_token"), {}, {basic("witness", secret)}).status == 400);
    const auto again = tokens_of("ida", "witness", secret);
    CHECK(introspect(client, member(again, "access_token"), {basic("witness", secret)})
              .body.contains("\"sub\":\"7c9e\""));
}

TEST_CASE_METHOD(AdminCommand, "STILE-admin-9 grants are listed by client, user and id, without a secret or a digest")
{
    const auto secret = add_by_command(*this, {"--id", "lister", "--redirect-uri", demo_redirect, "--scope", "email"});
    admin({"user", "add", "lia", "--password", "password of lia", "--subject", "subject-of-lia"});
    admin({"user", "add", "leo", "--password", "password of leo"});
    const auto of_lia = tokens_of("lia", "lister", secret);
    const auto of_leo = tokens_of("leo", "lister", secret);
    const auto both = json_of(*this, {"grant", "list", "--client", "lister"});
    REQUIRE(both.size() == 2);
    for (const auto* who : {"lia", "subject-of-lia", "LIA"}) {
        const auto grants = json_of(*this, {"grant", "list", "--user", who, "--client", "lister"});
        REQUIRE(grants.size() == 1);
        CHECK(grants[0]["grant"] == grant_of(of_lia));
        CHECK(grants[0]["user"] == "lia");
        CHECK(grants[0]["sub"] == "subject-of-lia");
        CHECK(grants[0]["client_id"] == "lister");
        CHECK(grants[0]["scope"] == "email");
        CHECK(grants[0].size() == 7);
    }
    const auto line = admin({"grant", "list", grant_of(of_leo)}).output;
    CHECK(line.starts_with(grant_of(of_leo) + "  lister  leo  issued 20"));
    CHECK(line.contains("Z  expires 20"));
    CHECK(line.ends_with("Z  email\n"));
    CHECK(json_of(*this, {"grant", "list", member(of_leo, "access_token")}).size() == 1);
    for (const auto& said : {both.dump(), line})
        for (const auto* word : {"sha256", "sealed", "selector"})
            CHECK_FALSE(said.contains(word));
    CHECK(json_of(*this, {"grant", "list", "--user", "nobody"}).empty());
}

TEST_CASE_METHOD(AdminCommand, "STILE-admin-10 grants are revoked by id, by client and by user, and no others")
{
    const auto first = add_by_command(*this, {"--id", "first", "--redirect-uri", demo_redirect, "--scope", "email"});
    const auto second = add_by_command(*this, {"--id", "second", "--redirect-uri", demo_redirect, "--scope", "email"});
    for (const auto* name : {"una", "udo"})
        admin({"user", "add", name, "--password", std::string("password of ") + name});
    const auto una_first = tokens_of("una", "first", first), una_second = tokens_of("una", "second", second);
    const auto udo_first = tokens_of("udo", "first", first), udo_again = tokens_of("udo", "first", first);
    const auto works = [&](const Answer& tokens, const std::string& id, const std::string& secret) {
        return introspect(client, member(tokens, "access_token"), {basic(id, secret)}).body != inactive;
    };
    CHECK(admin({"grant", "revoke", grant_of(udo_again)}).output == "1 grant revoked\n");
    CHECK_FALSE(works(udo_again, "first", first));
    CHECK(admin({"grant", "revoke", grant_of(udo_again)}).status == 3);
    CHECK(works(udo_first, "first", first));
    // Both conditions at once.
    CHECK(json_of(*this, {"grant", "revoke", "--user", "una", "--client", "first"})["grants_revoked"] == 1);
    CHECK_FALSE(works(una_first, "first", first));
    CHECK(works(una_second, "second", second));
    CHECK(works(udo_first, "first", first));
    CHECK(admin({"grant", "revoke", "--user", "una"}).status == 0);
    CHECK_FALSE(works(una_second, "second", second));
    CHECK(admin({"grant", "revoke", "--client", "first"}).status == 0);
    CHECK_FALSE(works(udo_first, "first", first));
    const auto events = admin({"events", "--event", "grant_revoked", "--client", "first"}).output;
    CHECK(events.contains("reason=admin_request"));
    CHECK(admin({"grant", "revoke"}).status == 2);
    CHECK(admin({"grant", "revoke", "short"}).status == 2);
    CHECK(admin({"grant", "revoke", "--client", "first"}).status == 3);
}

TEST_CASE_METHOD(AdminCommand, "STILE-admin-11 every command that says something says it as one JSON document, too")
{
    add_shop("spoken");
    admin({"user", "add", "spoken", "--password", "password of spoken"});
    const auto [arguments, is_list] = GENERATE(table<std::vector<std::string>, bool>({
        {{"client", "list"}, true},
        {{"client", "show", "spoken"}, false},
        {{"client", "update", "spoken", "--name", "x"}, false},
        {{"client", "rotate-secret", "spoken"}, false},
        {{"client", "unlock", "spoken"}, false},
        {{"client", "remove", "spoken"}, false},
        {{"user", "list"}, true},
        {{"user", "show", "spoken"}, false},
        {{"user", "update", "spoken", "--subject", "x"}, false},
        {{"user", "set-password", "spoken", "--password", "y"}, false},
        {{"user", "unlock", "spoken"}, false},
        {{"user", "remove", "spoken"}, false},
        {{"grant", "list"}, true},
        {{"throttle", "list"}, true},
        {{"throttle", "lift", "192.0.2.1"}, false},
        {{"keys", "rotate"}, false},
        {{"keys", "list"}, true},
        {{"events"}, true},
        {{"settings"}, true},
    }));
    CAPTURE(arguments);
    const auto said = json_of(*this, arguments);
    CHECK(said.is_array() == is_list);
    CHECK_FALSE(said.is_null());
    CHECK_FALSE(said.dump().contains("$argon2"));
    CHECK_FALSE(said.dump().contains("$sha256"));
    admin({"client", "remove", "spoken"});
    admin({"user", "remove", "spoken"});
}

TEST_CASE_METHOD(AdminCommand, "STILE-admin-12 who names a client, a user or a key wrongly is told which are near")
{
    admin({"client", "remove", "bookshop"});
    add_shop("bookshop");
    admin({"user", "add", "johanna", "--password", "password of johanna"});
    const auto [arguments, sentence] = GENERATE(table<std::vector<std::string>, std::string>({
        {{"client", "show", "bokshop"}, "stile: no client bokshop; did you mean bookshop?\n"},
        {{"client", "show", "BookShop"}, "stile: no client BookShop; did you mean bookshop?\n"},
        {{"client", "update", "books", "--name", "x"}, "stile: no client books; did you mean bookshop?\n"},
        {{"client", "rotate-secret", "bookshpo"}, "stile: no client bookshpo; did you mean bookshop?\n"},
        {{"client", "remove", "bookshops"}, "stile: no client bookshops; did you mean bookshop?\n"},
        {{"client", "show", "something-else"}, "stile: no client something-else\n"},
        {{"user", "show", "johana"}, "stile: no user johana; did you mean johanna?\n"},
        {{"user", "remove", "hohanna"}, "stile: no user hohanna; did you mean johanna?\n"},
        {{"grant", "revoke", "--user", "johana"}, "stile: no user johana; did you mean johanna?\n"},
        {{"grant", "revoke", "--client", "bokshop"}, "stile: no client bokshop; did you mean bookshop?\n"},
    }));
    const auto ran = admin(arguments);
    CHECK(ran.status == 3);
    CHECK(ran.errors == sentence);
    const auto again = admin({"client", "add", "--id", "bookshop", "--redirect-uri", demo_redirect});
    CHECK(again.status == 4);
    CHECK(again.errors == "stile: client bookshop already exists; stile client update changes it\n");
}
