// The admin command and OpenID Connect: what a client may register, what is known about users, whom the end of a session
// is told to, and keys.
#include "tests/endpoint/stile/admin.h"

#include "shared/crypto/base64.h"
#include "shared/store/connection.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <map>
#include <sstream>

using namespace stile;
using namespace stile::test;

namespace {

using Json = nlohmann::json;

std::string salt_of(Instance& instance)
{
    return instance.redis({"GET", "pairwise_salt"}).text;
}

constexpr const char* first_uri = "https://one.example/cb";
constexpr const char* other_uri = "https://other.example/cb";

// A login of `user` at a client, and the tokens that come of it.
struct Login {
    Login(Instance& instance, const std::string& user, const std::string& id, const std::string& secret,
          const std::string& redirect_uri)
        : browser(instance),
          client(instance),
          headers({basic(id, secret)})
    {
        const auto request = demo_request({{"client_id", id}, {"redirect_uri", redirect_uri}, {"scope", "openid"}});
        const auto path = browser.reach_consent(request, user, "password of " + user);
        const auto code = value_of(query_of(browser.approve(path).location()), "code");
        tokens = redeem(client, code, {{"redirect_uri", redirect_uri}}, headers);
    }

    std::string subject() { return member(introspect(client, member(tokens, "access_token"), headers), "sub"); }

    Browser browser;
    Caller client;
    Headers headers;
    Answer tokens;
};

struct AdminCommand : Instance {
    Caller client{*this};

    std::string add(const std::string& id, const Words& more)
    {
        admin({"client", "remove", id});
        return add_by_command(*this, joined({"--id", id}, more));
    }

    // What lies in Redis to be delivered, by client: "<sub> <sid>". Attempts that fail leave it there.
    std::map<std::string, std::string> notices()
    {
        std::map<std::string, std::string> found;
        for (const auto& notice : redis({"ZRANGE", "logout_notices", "0", "-1"}).elements) {
            std::istringstream words(notice.text);
            std::string attempts, id, client_id, subject, sid;
            words >> attempts >> id >> client_id >> subject >> sid;
            CHECK(found.emplace(client_id, subject + " " + sid).second);
        }
        return found;
    }
};

} // namespace

TEST_CASE_METHOD(AdminCommand,
                 "STILE-openid-1 a client's settings of OpenID Connect are set, shown, changed and taken away")
{
    add("relying", {"--redirect-uri", demo_redirect});
    const auto fresh = json_of(*this, {"client", "show", "relying"});
    CHECK(fresh["id_token_signed_response_alg"] == "RS256");
    CHECK(fresh["subject_type"] == "public");
    const auto [option, name, value] = GENERATE(table<Words, std::string, Json>({
        {{"--id-token-signed-response-alg", "ES256"}, "id_token_signed_response_alg", "ES256"},
        {{"--id-token-signed-response-alg", "PS256"}, "id_token_signed_response_alg", "PS256"},
        {{"--userinfo-signed-response-alg", "EdDSA"}, "userinfo_signed_response_alg", "EdDSA"},
        {{"--userinfo-signed-response-alg", "RS256"}, "userinfo_signed_response_alg", "RS256"},
        {{"--subject-type", "pairwise"}, "subject_type", "pairwise"},
        {{"--post-logout-redirect-uri", "https://a.example/out", "--post-logout-redirect-uri", "http://127.0.0.1/out"},
         "post_logout_redirect_uris",
         {"https://a.example/out", "http://127.0.0.1/out"}},
        {{"--backchannel-logout-uri", "https://a.example/logout?x=1"},
         "backchannel_logout_uri",
         "https://a.example/logout?x=1"},
        {{"--backchannel-logout-uri", "http://[::1]:8080/logout"},
         "backchannel_logout_uri",
         "http://[::1]:8080/logout"},
    }));
    CAPTURE(option);
    const auto changed = admin(joined({"client", "update", "relying"}, option));
    CHECK(changed.status == 0);
    CHECK(changed.output.starts_with("changed: " + name));
    auto expected = fresh;
    expected[name] = value;
    CHECK(json_of(*this, {"client", "show", "relying"}) == expected);
    CHECK(admin(joined({"client", "update", "relying"}, option)).output == "nothing to change\n");
    // The same at once.
    add("relying", joined({"--redirect-uri", demo_redirect}, option));
    CHECK(json_of(*this, {"client", "show", "relying"}) == expected);
    CHECK(admin({"client", "update", "relying", "--unset", option[0].substr(2)}).status == 0);
    CHECK(json_of(*this, {"client", "show", "relying"}) == fresh);
}

TEST_CASE_METHOD(AdminCommand,
                 "STILE-openid-2 what would not be safe or cannot work is refused, and the client stays as it was")
{
    add("relying", {"--redirect-uri", demo_redirect});
    const auto before = json_of(*this, {"client", "show", "relying"});
    const auto [options, sentence] = GENERATE(table<Words, std::string>({
        {{"--id-token-signed-response-alg", "HS256"}, "--id-token-signed-response-alg must be RS256, PS256"},
        {{"--id-token-signed-response-alg", "none"}, "--id-token-signed-response-alg must be"},
        {{"--id-token-signed-response-alg", ""}, "--id-token-signed-response-alg must be"},
        {{"--userinfo-signed-response-alg", "HS256"}, "--userinfo-signed-response-alg must be"},
        {{"--userinfo-signed-response-alg", "none"}, "--userinfo-signed-response-alg must be"},
        {{"--subject-type", "private"}, "--subject-type must be public or pairwise"},
        {{"--subject-type", "pairwise", "--redirect-uri", first_uri, "--redirect-uri", other_uri},
         "--subject-type pairwise needs redirect URIs with one host"},
        {{"--subject-type", "pairwise", "--redirect-uri", "com.example.app:/cb"}, "--subject-type pairwise needs"},
        {{"--post-logout-redirect-uri", "http://a.example/"},
         "--post-logout-redirect-uri http://a.example/ is http: only"},
        {{"--post-logout-redirect-uri", "https://a.example/#x"},
         "--post-logout-redirect-uri https://a.example/#x has a"},
        {{"--post-logout-redirect-uri", "javascript:x"}, "--post-logout-redirect-uri javascript:x has a scheme"},
        {{"--backchannel-logout-uri", "http://a.example/"}, "--backchannel-logout-uri is http: only"},
        {{"--backchannel-logout-uri", "https://a.example/#x"}, "--backchannel-logout-uri has a fragment"},
        {{"--backchannel-logout-uri", "/logout"}, "--backchannel-logout-uri must begin with https:"},
        {{"--backchannel-logout-uri", "ftp://a.example/x"}, "--backchannel-logout-uri must begin with https:"},
        {{"--backchannel-logout-uri", "https:/logout"}, "--backchannel-logout-uri has no host"},
        {{"--backchannel-logout-uri", "com.example.app:/x"}, "--backchannel-logout-uri must begin with https:"},
        {{"--backchannel-logout-uri", "http.example:/x"}, "--backchannel-logout-uri must begin with https:"},
        {{"--backchannel-logout-uri", "https://me@a.example/"}, "--backchannel-logout-uri has a user name"},
    }));
    CAPTURE(options);
    const auto ran = admin(joined({"client", "update", "relying"}, options));
    CHECK(ran.status == 2);
    CHECK(ran.output.empty());
    CHECK(ran.errors.starts_with("stile: " + sentence));
    CHECK(json_of(*this, {"client", "show", "relying"}) == before);
}

TEST_CASE_METHOD(AdminCommand,
                 "OIDC-8.1-1 pairwise clients of one host know a user by one sub, those of another host by another")
{
    admin({"user", "add", "pia", "--subject", "pia", "--password", "password of pia"});
    const auto pairwise = [&](const std::string& id, const std::string& uri) {
        const auto secret = add(id, {"--redirect-uri", uri, "--scope", "openid", "--subject-type", "pairwise"});
        return Login(*this, "pia", id, secret, uri).subject();
    };
    const auto one = pairwise("pair-one", first_uri), two = pairwise("pair-two", "https://one.example/second");
    const auto other = pairwise("pair-other", other_uri);
    CHECK(one.size() == 32);
    CHECK(one == two);
    CHECK(one != other);
    CHECK(other.size() == 32);
    const auto secret = add("pair-none", {"--redirect-uri", first_uri, "--scope", "openid"});
    CHECK(Login(*this, "pia", "pair-none", secret, first_uri).subject() == "pia");

    // The salt is nobody's business.
    const auto salt = salt_of(*this);
    CHECK(salt.size() == 43);
    CHECK(redis({"TTL", "pairwise_salt"}).integer == -1);
    for (const Words& words : {Words{"client", "show", "pair-one"}, Words{"client", "show", "pair-one", "--json"},
                               Words{"client", "update", "pair-one", "--name", "x", "--json"}}) {
        const auto said = admin(words);
        CHECK_FALSE((said.output + said.errors).contains(salt));
    }
}

TEST_CASE_METHOD(AdminCommand,
                 "STILE-openid-3 a client that knows its users by other subs from now on loses its grants")
{
    admin({"user", "add", "pia", "--password", "password of pia"});
    const auto [before, change, is_ended] = GENERATE(table<Words, Words, bool>({
        {{"--subject-type", "public"}, {"--subject-type", "pairwise"}, true},
        {{"--subject-type", "pairwise"}, {"--subject-type", "public"}, true},
        {{"--subject-type", "pairwise"}, {"--unset", "subject-type"}, true},
        {{"--subject-type", "pairwise"}, {"--redirect-uri", other_uri}, true},
        {{"--subject-type", "pairwise"},
         {"--redirect-uri", first_uri, "--redirect-uri", "https://one.example/"},
         false},
        {{"--subject-type", "public"}, {"--redirect-uri", other_uri}, false},
        {{"--subject-type", "pairwise"}, {"--name", "Another"}, false},
    }));
    CAPTURE(before, change);
    const auto secret = add("moody", joined({"--redirect-uri", first_uri, "--scope", "openid"}, before));
    const auto other = add("steady", joined({"--redirect-uri", first_uri, "--scope", "openid"}, before));
    Login login(*this, "pia", "moody", secret, first_uri), bystander(*this, "pia", "steady", other, first_uri);
    REQUIRE_FALSE(login.subject().empty());
    const auto ran = json_of(*this, joined({"client", "update", "moody"}, change));
    CHECK(ran["grants_revoked"] == (is_ended ? 1 : 0));
    CHECK(login.subject().empty() == is_ended);
    CHECK_FALSE(bystander.subject().empty());
}

TEST_CASE_METHOD(AdminCommand, "STILE-openid-4 an installation that is moved keeps the subs of pairwise clients")
{
    Instance there(Variables(), other_redis());
    admin({"user", "add", "pia", "--password", "password of pia"});
    add("pair-one",
        {"--redirect-uri", first_uri, "--scope", "openid", "--subject-type", "pairwise", "--post-logout-redirect-uri",
         "https://one.example/out", "--backchannel-logout-uri", "https://one.example/logout",
         "--userinfo-signed-response-alg", "ES256", "--id-token-signed-response-alg", "EdDSA"});
    const auto document = Json::parse(admin({"export", "-"}).output);
    CHECK(document["pairwise_salt"] == salt_of(*this));
    const auto import_of = [&](const Json& what, const Words& options = {}) {
        return there.admin(joined({"import", "-"}, options), what.dump());
    };
    auto moved = document;
    moved["users"] = Json::array();
    std::erase_if(moved["clients"].get_ref<Json::array_t&>(),
                  [](const Json& one) { return one["client_id"] != "pair-one"; });
    there.admin({"client", "remove", "pair-one"});
    there.redis({"DEL", "pairwise_salt"});

    CHECK(import_of(moved, {"--dry-run"}).output == "would add client pair-one\nwould add setting pairwise_salt\n");
    CHECK(salt_of(there).empty());
    CHECK(import_of(moved).output == "added client pair-one\nadded setting pairwise_salt\n");
    CHECK(salt_of(there) == salt_of(*this));
    CHECK(there.redis({"HGET", "client:pair-one", "pairwise_salt"}).text == salt_of(*this));
    CHECK(Json::parse(there.admin({"client", "show", "pair-one", "--json"}).output)
          == json_of(*this, {"client", "show", "pair-one"}));

    // Another salt takes the place of the one there only together with all who use it.
    auto another = moved;
    another["pairwise_salt"] = std::string(43, 'x');
    CHECK(import_of(another).status == 4);
    another["clients"][0]["client_id"] = "pair-late";
    const auto refused = import_of(another, {"--replace"});
    CHECK(refused.status == 4);
    CHECK(refused.errors.contains("the pairwise_salt differs from that of the clients pair-one,"));
    CHECK(salt_of(there) == salt_of(*this));
    CHECK(there.admin({"client", "show", "pair-late"}).status == 3);
    another["clients"][0]["client_id"] = "pair-one";
    CHECK(import_of(another, {"--replace"}).output == "replaced client pair-one\nreplaced setting pairwise_salt\n");
    CHECK(salt_of(there) == std::string(43, 'x'));
    CHECK(there.redis({"HGET", "client:pair-one", "pairwise_salt"}).text == std::string(43, 'x'));
}

TEST_CASE_METHOD(
    AdminCommand,
    "STILE-openid-5 a document is refused with the place of what is wrong in what it says about OpenID Connect")
{
    Instance there(Variables(), other_redis());
    const Json user = {{"user", "claimant"},
                       {"sub", "claimant"},
                       {"password_hash", "$argon2id$v=19$m=19456,t=2,p=1$MXzevpAu8N9EWfb0izFi1A$c3R5+7QUKGjBYigcc+/"
                                         "a/aTdPEFP9MOGVLc3A74LsHU"}};
    Json document = {
        {"format", "stile clients and users"},
        {"version", 1},
        {"clients",
         {{{"client_id", "documented"},
           {"redirect_uris", {"https://a.example/"}},
           {"secret_hash", "$sha256$KzLCGpSQ05T5sfYEB9nNWS$U_PU0Wik6E5VJTRxMpZ0CauMxd8VTwpMxAAnWqHO568"}}}},
        {"users", {user}}};
    const auto [where, value, sentence] = GENERATE(table<std::string, Json, std::string>({
        {"/clients/0/subject_type", "pairwise", "clients[0].subject_type: is pairwise: the document lacks"},
        {"/clients/0/subject_type", 1, "clients[0].subject_type: must be a string"},
        {"/clients/0/id_token_signed_response_alg", "HS256", "clients[0].id_token_signed_response_alg: must be RS256"},
        {"/clients/0/userinfo_signed_response_alg", "none", "clients[0].userinfo_signed_response_alg: must be RS256"},
        {"/clients/0/post_logout_redirect_uris",
         {"https://a.example/", "x"},
         "clients[0].post_logout_redirect_uris[1]: x"},
        {"/clients/0/backchannel_logout_uri", "ftp://x.y/",
         "clients[0].backchannel_logout_uri: must begin with https:"},
        {"/pairwise_salt", "short", "pairwise_salt: must be 43 to 128"},
        {"/pairwise_salt", "", "pairwise_salt: must be 43 to 128"},
        {"/pairwise_salt", 7, "pairwise_salt: must be a string"},
        {"/users/0/claims", "x", "users[0].claims: must be an object"},
        {"/users/0/claims", {{"email", true}}, "users[0].claims.email: must be a string"},
        {"/users/0/claims", {{"email", "x"}}, "users[0].claims.email: must be an e-mail address"},
        {"/users/0/claims", {{"sub", "x"}}, "users[0].claims.sub: is not a valid claim name"},
        {"/users/0/claims", {{"a\x1b", "x"}}, "users[0].claims.a?: is not a valid claim"},
        {"/users/0/claims", {{"x", nullptr}}, "users[0].claims.x: is null"},
        {"/users/0/claims", {{"x", std::string(8200, 'x')}}, "users[0].claims"},
        {"/users/0/claims",
         {{"x", std::string(5000, 'x')}, {"y", std::string(5000, 'x')}},
         "users[0].claims: are longer"},
    }));
    CAPTURE(where, sentence);
    document[Json::json_pointer(where)] = value;
    const auto ran = there.admin({"import", "-"}, document.dump());
    CHECK(ran.status == 2);
    CHECK(ran.errors.starts_with("stile: " + sentence));
    CHECK(there.admin({"client", "show", "documented"}).status == 3);
    CHECK(there.admin({"user", "show", "claimant"}).status == 3);
}

TEST_CASE_METHOD(AdminCommand,
                 "OIDC-5.1-1 claims about a user are given, shown, changed and taken away, each as JSON of its type")
{
    admin({"user", "remove", "clara"});
    const auto added = admin({"user",
                              "add",
                              "clara",
                              "--password",
                              "password of clara",
                              "--email",
                              "clara@example.com",
                              "--name",
                              "Clara Ödberg",
                              "--claim",
                              "email_verified=true",
                              "--claim",
                              "locale=sv",
                              "--claim",
                              R"(address={"locality":"Lund","country":"SE"})",
                              "--claim",
                              "updated_at=1700000000",
                              "--claim",
                              R"(groups=["a", "b"])",
                              "--claim",
                              "birthdate=\"1990\"",
                              "--claim",
                              "phone_number=+46 1",
                              "--claim",
                              "level=3"});
    CHECK(added.status == 0);
    const Json claims = {{"email", "clara@example.com"},
                         {"name", "Clara Ödberg"},
                         {"email_verified", true},
                         {"locale", "sv"},
                         {"address", {{"locality", "Lund"}, {"country", "SE"}}},
                         {"updated_at", 1700000000},
                         {"groups", {"a", "b"}},
                         {"birthdate", "1990"},
                         {"phone_number", "+46 1"},
                         {"level", 3}};
    const auto subject = redis({"HGET", "user:clara", "sub"}).text;
    CHECK(json_of(*this, {"user", "show", "clara"}) == Json({{"user", "clara"}, {"sub", subject}, {"claims", claims}}));
    const auto shown = admin({"user", "show", "clara"}).output;
    CHECK(shown.contains("\nclaim: email=\"clara@example.com\"\n"));
    CHECK(shown.contains("\nclaim: name=\"Clara \\u00d6dberg\"\n"));
    CHECK(shown.contains("\nclaim: email_verified=true\n"));

    // Nothing ends, the subject stays.
    Browser browser(*this);
    browser.reach_consent(demo_request(), "clara", "password of clara");
    CHECK(admin({"user", "update", "clara", "--email", "c@example.com", "--unset-claim", "level", "--unset-claim",
                 "groups", "--claim", "email_verified=false"})
              .output
          == "changed: email email_verified groups level\n");
    CHECK(admin({"user", "update", "clara", "--email", "c@example.com", "--unset-claim", "level"}).output
          == "nothing to change\n");
    auto changed = claims;
    changed["email"] = "c@example.com";
    changed["email_verified"] = false;
    changed.erase("level");
    changed.erase("groups");
    CHECK(json_of(*this, {"user", "show", "clara"})["claims"] == changed);
    CHECK(browser.authorize(demo_request()).location().starts_with("/approve?"));

    // Who comes after them is somebody else.
    CHECK(admin({"user", "remove", "clara"}).status == 0);
    CHECK(redis({"EXISTS", "profile:" + subject}).integer == 0);
    redis({"HSET", "profile:next", "email", "\"left@example.com\""});
    admin({"user", "add", "clara", "--subject", "next", "--password", "password of clara", "--claim", "nickname=cl"});
    CHECK(json_of(*this, {"user", "show", "clara"})["claims"] == Json({{"nickname", "cl"}}));
}

TEST_CASE_METHOD(AdminCommand, "OIDC-5.1-2 a claim of the wrong type, name or size is refused, and nothing is changed")
{
    admin({"user", "add", "strictly", "--password", "password of strictly", "--email", "s@example.com"});
    const auto before = json_of(*this, {"user", "show", "strictly"});
    const auto [options, sentence] = GENERATE(table<Words, std::string>({
        {{"--email", "nobody"}, "--email must be an e-mail address"},
        {{"--email", ""}, "--email must be a string that is not empty"},
        {{"--name", "\xff"}, "--name is not UTF-8"},
        {{"--claim", "locale"}, "--claim must be KEY=VALUE"},
        {{"--claim", "sub=x"}, "--claim is not a valid claim name"},
        {{"--claim", "iss=x"}, "--claim is not a valid claim"},
        {{"--claim", "=x"}, "--claim is not a valid claim"},
        {{"--claim", "a b=x"}, "--claim is not a valid claim"},
        {{"--claim", "email_verified=yes"}, "--claim email_verified must be true or false"},
        {{"--claim", "email_verified=\"true\""}, "--claim email_verified must be true or false"},
        {{"--claim", "phone_number_verified=1"}, "--claim phone_number_verified must be"},
        {{"--claim", "updated_at=yesterday"}, "--claim updated_at must be a whole number"},
        {{"--claim", "updated_at=-1"}, "--claim updated_at must be a whole number"},
        {{"--claim", "updated_at=1.5"}, "--claim updated_at must be a whole number"},
        {{"--claim", "address=Lund"}, "--claim address must be an object of strings"},
        {{"--claim", "address={}"}, "--claim address must be an object of strings"},
        {{"--claim", R"(address={"locality":7})"}, "--claim address must be an object of strings"},
        {{"--claim", "birthdate=1990"}, "--claim birthdate must be a string"},
        {{"--claim", "nickname=true"}, "--claim nickname must be a string"},
        {{"--claim", "nickname="}, "--claim nickname is not valid JSON"},
        {{"--claim", "nickname=\"\""}, "--claim nickname must be a string that is not empty"},
        {{"--claim", "nickname=\"x"}, "--claim nickname is not valid JSON"},
        {{"--claim", "groups=[a]"}, "--claim groups is not valid JSON"},
        {{"--claim", R"(x={"a":1,"a":2})"}, "--claim x is not valid JSON"},
        {{"--claim", R"(x=1,"y":2)"}, "--claim x is not valid JSON"},
        {{"--claim", "x=[[[[[]]]]]"}, "--claim x is not valid JSON, or is nested deeper than 4"},
        {{"--claim", "admin=True"}, "--claim admin is not valid JSON"},
        {{"--claim", "admin=null"}, "--claim admin is null"},
        {{"--claim", "level=3a"}, "--claim level is not valid JSON"},
        {{"--claim", "since=2024-01-01"}, "--claim since is not valid JSON"},
        {{"--claim", "x=1", "--claim", "x=2"}, "--claim x is given twice"},
        {{"--email", "a@b.example", "--claim", "email=c@d.example"}, "--claim email is given twice"},
        {{"--claim", "x=1", "--unset-claim", "x"}, "--unset-claim x is given twice"},
        {{"--unset-claim", "sub"}, "--unset-claim sub is not a valid claim"},
        {{"--claim", "x=" + std::string(4100, 'x'), "--claim", "y=" + std::string(4100, 'y')},
         "the claims of a user are"},
    }));
    CAPTURE(options);
    const auto ran = admin(joined({"user", "update", "strictly", "--claim", "nickname2=ok"}, options));
    CHECK(ran.status == 2);
    CHECK(ran.errors.starts_with("stile: " + sentence));
    CHECK(json_of(*this, {"user", "show", "strictly"}) == before);
}

TEST_CASE_METHOD(AdminCommand, "STILE-openid-6 a user that is moved has the same claims there")
{
    Instance there(Variables(), other_redis());
    admin({"user", "remove", "mover"});
    admin({"user", "add", "mover", "--password", "password of mover", "--email", "m@example.com", "--claim",
           R"(deep=[[[["ü"]]]])", "--claim", R"(x={"a":1.5,"b":[true,null]})"});
    auto document = Json::parse(admin({"export", "-"}).output);
    document["clients"] = Json::array();
    document.erase("pairwise_salt");
    std::erase_if(document["users"].get_ref<Json::array_t&>(),
                  [](const Json& user) { return user["user"] != "mover"; });
    const auto import_of = [&](const Json& what) { return there.admin({"import", "-", "--replace"}, what.dump()); };
    const auto claims_there = [&] {
        return Json::parse(there.admin({"user", "show", "mover", "--json"}).output)["claims"];
    };
    CHECK(import_of(document).status == 0);
    CHECK(claims_there() == json_of(*this, {"user", "show", "mover"})["claims"]);
    CHECK(claims_there()["deep"] == Json::parse(R"([[[["ü"]]]])"));
    document["users"][0]["claims"] = {{"email", "n@example.com"}};
    CHECK(import_of(document).status == 0);
    CHECK(claims_there() == Json({{"email", "n@example.com"}}));
    document["users"][0].erase("claims");
    CHECK(import_of(document).status == 0);
    CHECK(claims_there() == Json::object());
    CHECK(there.redis({"EXISTS", "profile:" + document["users"][0]["sub"].get<std::string>()}).integer == 0);
    there.admin({"user", "remove", "mover"});
}

TEST_CASE_METHOD(
    AdminCommand,
    "STILE-openid-8 an old key stays published for as long as a login lasts: its ID tokens come back as hints")
{
    Instance there(Variables(), other_redis());
    const auto kid_of = [](const Ran& ran) { return ran.output.substr(5, ran.output.find('\n') - 5); };
    const auto lives = [&](const std::string& kid) { return redis({"TTL", "signing_key:" + kid}).integer; };
    const auto old = kid_of(admin({"keys", "rotate", "--alg", "PS256"}));
    CHECK(lives(old) == -1);
    admin({"keys", "rotate", "--alg", "PS256"});
    CHECK(lives(old) > 8 * 3600);
    CHECK(lives(old) < 9 * 3600);
}

namespace {

// A port of this machine on which nobody listens.
constexpr const char* dead_uri = "http://127.0.0.1:1/logout";

Json claims_in(const Answer& tokens)
{
    const auto token = member(tokens, "id_token");
    const auto begin = token.find('.') + 1;
    return Json::parse(*stile::base64url_decode(token.substr(begin, token.rfind('.') - begin)));
}

} // namespace

TEST_CASE_METHOD(AdminCommand,
                 "BCLOGOUT-2.7-1 who is signed out by the operator is signed out of the clients that registered for it")
{
    const auto [command, reason] = GENERATE(table<Words, std::string>({
        {{"user", "end-sessions", "tell"}, "ended_by_operator"},
        {{"user", "end-sessions", "--subject", "tell-me"}, "ended_by_operator"},
        {{"user", "set-password", "tell", "--password", "new password"}, "password_changed"},
        {{"user", "update", "tell", "--subject", "anew"}, "subject_changed"},
        {{"user", "remove", "tell"}, "user_removed"},
    }));
    CAPTURE(command);
    admin({"user", "remove", "tell"});
    admin({"user", "add", "tell", "--subject", "tell-me", "--password", "password of tell"});
    admin({"user", "add", "other", "--subject", "other", "--password", "password of other"});
    const Words told = {"--redirect-uri", first_uri, "--scope", "openid", "--backchannel-logout-uri", dead_uri};
    const auto public_secret = add("told", told);
    const auto pairwise_secret = add("told-pairwise", joined(told, {"--subject-type", "pairwise"}));
    const auto quiet_secret = add("quiet", {"--redirect-uri", first_uri, "--scope", "openid"});
    Login first(*this, "tell", "told", public_secret, first_uri),
        again(*this, "tell", "told-pairwise", pairwise_secret, first_uri);
    Login quiet(*this, "tell", "quiet", quiet_secret, first_uri),
        other(*this, "other", "told", public_secret, first_uri);

    redis({"DEL", "logout_notices"});
    const auto ended = json_of(*this, command);
    CHECK(ended["sessions_ended"] == 3);
    CHECK(ended["grants_revoked"] == 3);
    for (auto* login : {&first, &again, &quiet})
        CHECK(login->subject().empty());
    CHECK(other.subject() == "other");
    const auto of_first = claims_in(first.tokens), of_pairwise = claims_in(again.tokens);
    CHECK(of_first["sub"] == "tell-me");
    CHECK(of_pairwise["sub"].get<std::string>().size() == 32);
    const auto as_told = [](const Json& claims) {
        return claims["sub"].get<std::string>() + " " + claims["sid"].get<std::string>();
    };
    CHECK(notices()
          == std::map<std::string, std::string>{{"told", as_told(of_first)}, {"told-pairwise", as_told(of_pairwise)}});
    const auto events = admin({"events", "--count", "50", "--event", "session_ended"}).output;
    CHECK(events.contains(reason));
}
