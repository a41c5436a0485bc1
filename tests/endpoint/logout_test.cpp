// /oauth/logout: who may end a login without a question, where the browser goes then, and what ends with it.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace stile;
using namespace stile::test;

namespace {

const std::string endpoint = "/oauth/logout";

// A client that people log in to; what a test wants to be different it registers for itself.
struct Party {
    std::string id;
    std::string secret;

    std::string home() const { return "https://" + id + ".example/bye"; }
    Parameters request() const
    {
        return {{"client_id", id}, {"response_type", "code"}, {"scope", "openid"}, {"state", "s"}};
    }
};

struct Tokens {
    std::string id_token;
    std::string access_token;
    std::string refresh_token;
};

Answer log_out(Browser& browser, const Parameters& parameters)
{
    return browser.get(endpoint + "?" + encode(parameters));
}

// The fields of the page's form, as a browser sends them.
Parameters form_of(const Answer& page)
{
    Parameters fields;
    const std::string begin = "<input type=\"hidden\" name=\"";
    const std::string between = "\" value=\"";
    for (auto at = page.body.find(begin); at != std::string::npos; at = page.body.find(begin, at)) {
        at += begin.size();
        const auto name_end = page.body.find(between, at);
        const auto value = name_end + between.size();
        auto text = page.body.substr(value, page.body.find('"', value) - value);
        for (const auto& [escaped, plain] : {std::pair("&#39;", "'"), std::pair("&quot;", "\""), std::pair("&lt;", "<"),
                                             std::pair("&gt;", ">"), std::pair("&amp;", "&")})
            for (auto found = text.find(escaped); found != std::string::npos; found = text.find(escaped))
                text.replace(found, std::string(escaped).size(), plain);
        fields.emplace_back(page.body.substr(at, name_end - at), text);
    }
    return fields;
}

Answer press(Browser& browser, const Answer& page, const std::string& logout)
{
    auto fields = form_of(page);
    fields.emplace_back("logout", logout);
    return browser.post(endpoint, fields);
}

bool is_signed_in(Browser& browser, const Party& party)
{
    return !browser.authorize(party.request()).location().starts_with("/login?");
}

bool is_question(const Answer& answer)
{
    return answer.status == 200 && answer.location().empty() && !csrf_of(answer).empty();
}

bool says(const Answer& answer, const std::string& heading)
{
    return answer.status == 200 && answer.location().empty() && answer.body.contains("<h1>" + heading + "</h1>");
}

constexpr const char* signed_out = "You have signed out";

// An error page, and nobody is signed out.
void check_is_refused(const Answer& answer)
{
    CHECK(answer.status == 400);
    CHECK(answer.location().empty());
    CHECK(answer.header("set-cookie").empty());
    CHECK(answer.body.contains("This sign-out link does not work"));
}

struct LoggingOut : Instance {
    using Instance::Instance;

    Caller client{*this};

    // `more`: what is different, besides the id, the redirect URI and the scope.
    Party add_party(const std::string& id, Client more = {})
    {
        Party party = {id, ""};
        more.id = id;
        more.redirect_uris = {"https://" + id + ".example/cb"};
        more.scope = scope_of("openid offline_access");
        if (more.post_logout_redirect_uris.empty())
            more.post_logout_redirect_uris = {party.home()};
        party.secret = add_client(more);
        return party;
    }

    Tokens sign_in(Browser& browser, const Party& party, const std::string& scope = "openid",
                   const std::string& user = "admin")
    {
        const auto request = changed(party.request(), {{"scope", scope}});
        const auto back = browser.approve(browser.reach_consent(request, user, user)).location();
        const auto answer =
            token_request(client, {{"grant_type", "authorization_code"}, {"code", value_of(query_of(back), "code")}},
                          {basic(party.id, party.secret)});
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        return {member(answer, "id_token"), member(answer, "access_token"), member(answer, "refresh_token")};
    }
};

} // namespace

TEST_CASE_METHOD(
    LoggingOut,
    "RPLOGOUT-3-1 with a hint of this login the browser goes to the registered URI, with the state that was sent")
{
    const auto party = add_party("bye");
    Browser browser(*this);
    const auto tokens = sign_in(browser, party);
    const auto [state, expected] = GENERATE(table<std::string, std::string>({
        {"xyz", "?state=xyz"},
        {"a b&c=d", "?state=a%20b%26c%3Dd"},
        {"", ""},
    }));
    Parameters parameters = {{"id_token_hint", tokens.id_token}, {"post_logout_redirect_uri", party.home()}};
    if (!state.empty())
        parameters.emplace_back("state", state);
    const auto answer = log_out(browser, parameters);
    CHECK(answer.status == 303);
    CHECK(answer.location() == party.home() + expected);
    CHECK(answer.header("set-cookie").starts_with("stile_session=;"));
    CHECK_FALSE(is_signed_in(browser, party));
    CHECK(browser
              .authorize([&] {
                  auto silent = party.request();
                  silent.emplace_back("prompt", "none");
                  return silent;
              }())
              .location()
              .contains("error=login_required"));
    // Once more, from a bookmark or by the button "back".
    CHECK(log_out(browser, parameters).location() == party.home() + expected);
}

TEST_CASE_METHOD(
    LoggingOut,
    "RPLOGOUT-2-1 GET and POST are served alike, though a browser keeps its cookie from a POST of another site")
{
    const auto party = add_party("by-post");
    Browser browser(*this);
    const auto tokens = sign_in(browser, party);
    const Parameters parameters = {{"id_token_hint", tokens.id_token},
                                   {"client_id", party.id},
                                   {"post_logout_redirect_uri", party.home()},
                                   {"state", "ä b&c"},
                                   {"ui_locales", "de fr"},
                                   {"logout_hint", "admin"}};
    Browser without_cookies(*this);
    CHECK(without_cookies.post(endpoint, parameters).status == 400); // a state outside ASCII
    auto sound = parameters;
    sound[3].second = "a b&c";
    sound.emplace_back("unknown", "ignored");
    const auto answer = without_cookies.post(endpoint, sound);
    CHECK(answer.status == 303);
    REQUIRE(answer.location().starts_with(endpoint + "?"));
    CHECK(without(query_of(answer.location()), "logout_hint") == without(without(sound, "unknown"), "logout_hint"));
    CHECK(browser.get(answer.location()).location() == party.home() + "?state=a%20b%26c");
    CHECK(browser.post(endpoint, "").location() == endpoint);
    CHECK(browser.request("PUT", endpoint).header("allow") == "GET, POST");
}

TEST_CASE_METHOD(LoggingOut,
                 "RPLOGOUT-6-1 without a hint of this very login the user is asked, and signed out by saying so alone")
{
    const auto party = add_party("asked");
    const auto other = add_party("asked-too");
    add_user("asker", "asker");
    Browser elsewhere(*this);
    const auto of_another_browser = sign_in(elsewhere, party).id_token;
    Browser another_user(*this);
    const auto of_another_user = sign_in(another_user, party, "openid", "asker").id_token;
    Browser browser(*this);
    sign_in(browser, party);
    const auto parameters = GENERATE_REF(values<Parameters>({
        {},
        {{"state", "x"}},
        {{"client_id", party.id}},
        {{"client_id", party.id}, {"post_logout_redirect_uri", party.home()}, {"state", "x"}},
        {{"id_token_hint", of_another_browser}},
        {{"id_token_hint", of_another_browser}, {"post_logout_redirect_uri", party.home()}, {"state", "x"}},
        {{"id_token_hint", of_another_user}, {"post_logout_redirect_uri", party.home()}, {"state", "x"}},
        {{"client_id", "nobody"}},
    }));
    const auto page = log_out(browser, parameters);
    CHECK(is_question(page));
    CHECK(page.header("set-cookie").empty());
    CHECK(page.body.contains("Signed in as <strong><bdi>admin</bdi></strong>"));
    const bool is_named = !parameters.empty() && parameters[0].second != "x" && parameters[0].second != "nobody";
    CHECK(page.body.contains("<bdi>asked</bdi></strong> asks you") == is_named);
    CHECK(is_signed_in(browser, other));
    const auto stayed = press(browser, page, "0");
    CHECK(says(stayed, "You are still signed in"));
    CHECK(is_signed_in(browser, other));
    const auto answer = press(browser, page, "1");
    if (value_of(parameters, "post_logout_redirect_uri").empty())
        CHECK(says(answer, signed_out));
    else
        CHECK(answer.location() == party.home() + "?state=x");
    CHECK(answer.header("set-cookie").starts_with("stile_session=;"));
    CHECK_FALSE(is_signed_in(browser, other));
    CHECK(is_signed_in(elsewhere, other));
}

TEST_CASE_METHOD(
    LoggingOut,
    "RPLOGOUT-6-2 a browser without a login is sent on when there is a hint, and told that it has none else")
{
    const auto party = add_party("nobody-there");
    Browser first(*this);
    const auto tokens = sign_in(first, party);
    Browser browser(*this);
    CHECK(log_out(browser, {{"id_token_hint", tokens.id_token}, {"post_logout_redirect_uri", party.home()}}).location()
          == party.home());
    CHECK(says(log_out(browser, {{"id_token_hint", tokens.id_token}}), signed_out));
    CHECK(says(log_out(browser, {}), signed_out));
    CHECK(says(log_out(browser, {{"client_id", party.id}, {"post_logout_redirect_uri", party.home()}}), signed_out));
    browser.cookies["stile_session"] = std::string(42, 'x');
    CHECK(says(log_out(browser, {{"client_id", party.id}, {"post_logout_redirect_uri", party.home()}}), signed_out));
}

TEST_CASE_METHOD(LoggingOut,
                 "RPLOGOUT-3-2 the browser is redirected only to a URI that equals a registered one byte for byte")
{
    const auto party = add_party(
        "logout-strict", {.post_logout_redirect_uris = {"https://strict.example/bye", "https://strict.example/Also?a=b",
                                                        "http://127.0.0.1:5000/bye", "com.example.strict:/bye"}});
    const auto other = add_party("strict-other");
    Browser browser(*this);
    const auto tokens = sign_in(browser, party);
    const std::string uri = GENERATE(
        "https://strict.example/bye?foo=bar", "https://strict.example/bye?", "https://strict.example/bye/",
        "https://strict.example/BYE", "https://STRICT.example/bye", "HTTPS://strict.example/bye",
        "https://strict.example:443/bye", "https://strict.example/%62ye", "https://strict.example/x/../bye",
        "https://strict.example/bye#x", "https://strict.example/bye#", "https://u@strict.example/bye",
        "https://strict.example.evil.example/bye", "http://strict.example/bye", "https://strict.example/cb", "//evil",
        "https:strict.example/bye", "https://strict.example/also?a=b", "https://strict.example/Also?a=b&c=d",
        "https://strict.example/Also", "https://strict-other.example/bye", "http://127.0.0.1:5001/bye",
        "http://127.0.0.1/bye", "http://localhost:5000/bye", "javascript:alert(1)", "data:text/html,x", "/login",
        "com.example.strict:/bye2", "https://strict.example/bye https://strict.example/Also?a=b",
        "https://evil.example");
    CAPTURE(uri);
    for (const Parameters& who : {Parameters{{"id_token_hint", tokens.id_token}}, Parameters{{"client_id", party.id}},
                                  Parameters{{"client_id", "nobody"}}, Parameters{}}) {
        auto parameters = who;
        parameters.emplace_back("post_logout_redirect_uri", uri);
        check_is_refused(log_out(browser, parameters));
        const auto posted = browser.post(endpoint, parameters);
        CHECK((posted.status == 400 || posted.location().starts_with(endpoint + "?")));
        parameters.emplace_back("csrf_token", csrf_of(log_out(browser, {})));
        parameters.emplace_back("logout", "1");
        check_is_refused(browser.post(endpoint, parameters));
    }
    CHECK(is_signed_in(browser, party));
}

TEST_CASE_METHOD(LoggingOut, "RPLOGOUT-3-3 each of the registered URIs is gone to as it was registered")
{
    const auto [uri, expected] = GENERATE(table<std::string, std::string>({
        {"https://several.example/bye", "https://several.example/bye?state=x"},
        {"https://several.example/Also?a=b", "https://several.example/Also?a=b&state=x"},
        {"http://127.0.0.1:5000/bye", "http://127.0.0.1:5000/bye?state=x"},
        {"com.example.several:/bye", "com.example.several:/bye?state=x"},
    }));
    const auto party = add_party(
        "several", {.post_logout_redirect_uris = {"https://several.example/bye", "https://several.example/Also?a=b",
                                                  "http://127.0.0.1:5000/bye", "com.example.several:/bye"}});
    Browser browser(*this);
    const auto tokens = sign_in(browser, party);
    const auto page = log_out(browser, {{"client_id", party.id}, {"post_logout_redirect_uri", uri}, {"state", "x"}});
    const auto policy = page.header("content-security-policy");
    CHECK(policy.contains("form-action 'self' https:"
                          + std::string(uri.starts_with("http:")  ? " http:"
                                        : uri.starts_with("com.") ? " com.example.several:"
                                                                  : "")
                          + ";"));
    CHECK(log_out(browser, {{"id_token_hint", tokens.id_token}, {"post_logout_redirect_uri", uri}, {"state", "x"}})
              .location()
          == expected);
}

TEST_CASE_METHOD(LoggingOut,
                 "RPLOGOUT-4-1 a hint that is no ID token of this server's is refused on a page, whatever else is sent")
{
    const auto party = add_party("hinted");
    const auto jwt_party = add_party("hinted-jwt", {.access_token_alg = JwsAlgorithm::rs256});
    Browser browser(*this);
    const auto tokens = sign_in(browser, party);
    const auto& good = tokens.id_token;
    auto changed = good;
    changed[changed.find('.') + 10] ^= 1;
    auto cut = good.substr(0, good.rfind('.') + 1);
    const auto payload = good.substr(good.find('.'), good.rfind('.') - good.find('.') + 1);
    const std::string none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0" + payload; // {"alg":"none","typ":"JWT"}
    for (const auto& hint :
         {changed, cut, none, none + good.substr(good.rfind('.') + 1), tokens.access_token, tokens.refresh_token,
          sign_in(browser, jwt_party).access_token, std::string("x"), std::string("a.b.c"), good + ".", good + " "}) {
        CAPTURE(hint);
        check_is_refused(log_out(browser, {{"id_token_hint", hint}, {"post_logout_redirect_uri", party.home()}}));
        check_is_refused(log_out(browser, {{"id_token_hint", hint}}));
        check_is_refused(log_out(
            browser, {{"id_token_hint", hint}, {"client_id", party.id}, {"post_logout_redirect_uri", party.home()}}));
    }
    CHECK(is_signed_in(browser, party));
}

TEST_CASE_METHOD(LoggingOut, "RPLOGOUT-2-2 a client_id that is not the one of the hint is refused")
{
    const auto party = add_party("one");
    const auto other = add_party("logout-two", {.post_logout_redirect_uris = {party.home()}});
    Browser browser(*this);
    const auto tokens = sign_in(browser, party);
    const Parameters parameters = {
        {"id_token_hint", tokens.id_token}, {"client_id", other.id}, {"post_logout_redirect_uri", party.home()}};
    check_is_refused(log_out(browser, parameters));
    CHECK(is_signed_in(browser, party));
    check_is_refused(log_out(browser, {{"id_token_hint", tokens.id_token}, {"id_token_hint", tokens.id_token}}));
    CHECK(log_out(
              browser,
              {{"id_token_hint", tokens.id_token}, {"client_id", party.id}, {"post_logout_redirect_uri", party.home()}})
              .location()
          == party.home());
}

TEST_CASE_METHOD(LoggingOut,
                 "STILE-logout-1 a sign-out that this browser's page did not send is asked about, and nothing ends")
{
    const auto party = add_party("forged");
    Browser browser(*this);
    sign_in(browser, party);
    Browser other(*this);
    sign_in(other, party);
    const auto of_another = csrf_of(log_out(other, {}));
    const auto of_consent = csrf_of(browser.get(browser.reach_consent(party.request())));
    REQUIRE(of_another.size() == 43);
    for (const auto& token : {std::string("x"), of_another, of_consent}) {
        const auto answer = browser.post(endpoint, Parameters{{"csrf_token", token}, {"logout", "1"}});
        CHECK(answer.status == 403);
        CHECK(answer.body.contains("choose again"));
        CHECK(answer.header("set-cookie").empty());
    }
    // An empty one is a POST of another site.
    CHECK(browser.post(endpoint, Parameters{{"logout", "1"}}).location() == endpoint);
    const auto own = csrf_of(log_out(browser, {}));
    for (const std::string body : {"", "logout=", "logout=2", "logout=01", "logout=1&logout=1", "logout=1&logout=0"})
        check_is_refused(browser.post(endpoint, "csrf_token=" + own + "&" + body));
    check_is_refused(browser.post(endpoint, "csrf_token=" + own + "&csrf_token=" + own + "&logout=1"));
    check_is_refused(browser.post(endpoint, "csrf_token=" + own + "&logout=1", {"Content-Type: text/plain"}));
    CHECK(is_question(browser.get(endpoint + "?logout=1&csrf_token=" + own)));
    CHECK(is_question(browser.get(browser.post(endpoint + "?logout=1&csrf_token=" + own, "").location())));
    CHECK(is_signed_in(browser, party));
    // Another login of the same user in another tab: the page is out of date.
    const auto page = log_out(browser, {});
    browser.log_in("/login?request=" + value_of(query_of(browser.reach_consent(party.request())), "request")
                   + "&prompt=login");
    CHECK(press(browser, page, "1").status == 403);
    CHECK(is_signed_in(browser, party));
    CHECK(says(press(browser, log_out(browser, {}), "1"), signed_out));
}

TEST_CASE_METHOD(LoggingOut,
                 "STILE-logout-2 sixteen clicks, in several tabs, end one login and all lead to the same place")
{
    const auto party = add_party("clicks");
    Browser browser(*this);
    const auto tokens = sign_in(browser, party);
    const auto page = log_out(browser, {{"client_id", party.id}, {"post_logout_redirect_uri", party.home()}});
    const auto cookies = browser.cookies;
    const auto answers = at_once(16, [&](int) {
        Browser tab(*this);
        tab.cookies = cookies;
        return press(tab, page, "1");
    });
    for (const auto& answer : answers)
        CHECK(answer.location() == party.home());
    CHECK_FALSE(is_signed_in(browser, party));
    browser.cookies = cookies; // a tab that was left open
    CHECK_FALSE(is_signed_in(browser, party));
    CHECK(press(browser, page, "1").location() == party.home());
    CHECK(says(press(browser, page, "0"), signed_out));
}

TEST_CASE_METHOD(LoggingOut,
                 "STILE-logout-3 what the login gave to clients ends with it, what is to outlive it does not")
{
    const auto party = add_party("ends");
    const auto lasting = add_party("lasts");
    Browser browser(*this);
    const auto first = sign_in(browser, party);
    const auto second = sign_in(browser, party);
    const auto offline = sign_in(browser, lasting, "openid offline_access");
    Browser elsewhere(*this);
    const auto others = sign_in(elsewhere, party);
    CHECK(log_out(browser, {{"id_token_hint", second.id_token}, {"post_logout_redirect_uri", party.home()}}).status
          == 303);
    const Headers as_party = {basic(party.id, party.secret)};
    for (const auto& ended : {first, second}) {
        CHECK(introspect(client, ended.access_token, as_party).body == inactive);
        CHECK(refresh(client, ended.refresh_token, {}, as_party).status == 400);
    }
    CHECK(introspect(client, others.access_token, as_party).body != inactive);
    CHECK(refresh(client, offline.refresh_token, {}, {basic(lasting.id, lasting.secret)}).status == 200);
}

TEST_CASE_METHOD(LoggingOut,
                 "STILE-logout-4 a hint serves after the same user has logged in anew, and not for the next user")
{
    const auto party = add_party("again");
    add_user("next", "next");
    Browser browser(*this);
    const auto tokens = sign_in(browser, party);
    const auto again = [&](const std::string& user) {
        return browser.log_in("/login?request=" + value_of(query_of(browser.reach_consent(party.request())), "request")
                                  + "&prompt=login",
                              user, user);
    };
    again("next");
    CHECK(is_question(log_out(browser, {{"id_token_hint", tokens.id_token}})));
    Browser same(*this);
    const auto before = sign_in(same, party);
    same.log_in("/login?request=" + value_of(query_of(same.reach_consent(party.request())), "request")
                + "&prompt=login");
    CHECK(says(log_out(same, {{"id_token_hint", before.id_token}}), signed_out));
    CHECK_FALSE(is_signed_in(same, party));
}

TEST_CASE("STILE-logout-5 while Redis is unavailable the page says so, the login stays, and logout works afterwards")
{
    LoggingOut instance(Instance::Variables{{"STILE_REDIS_TIMEOUT", "300"}});
    const auto party = instance.add_party("away");
    Browser browser(instance);
    const auto tokens = instance.sign_in(browser, party);
    const auto page = log_out(browser, {{"client_id", party.id}});
    const Parameters with_hint = {{"id_token_hint", tokens.id_token}, {"post_logout_redirect_uri", party.home()}};
    {
        const PausedRedis redis_is_away(instance);
        for (const auto& answer : {log_out(browser, with_hint), press(browser, page, "1")}) {
            CHECK(answer.status == 503);
            CHECK_FALSE(answer.header("retry-after").empty());
            CHECK(answer.header("set-cookie").empty());
            CHECK(answer.location().empty());
        }
    }
    CHECK(is_question(log_out(browser, {})));
    CHECK(log_out(browser, with_hint).location() == party.home());
    CHECK_FALSE(is_signed_in(browser, party));
}

TEST_CASE_METHOD(LoggingOut, "STILE-logout-6 signing out is in the audit trail, with each grant that ended by it")
{
    const auto party = add_party("audited");
    Browser browser(*this);
    const auto tokens = sign_in(browser, party);
    log_out(browser, {{"id_token_hint", tokens.id_token}});
    const auto grant = tokens.access_token.substr(0, 12);
    for (const auto name : {EventName::session_ended, EventName::grant_revoked}) {
        const auto event = std::ranges::find(audit.events, name, &Event::name);
        REQUIRE(event != audit.events.end());
        CHECK(event->reason.text() == "logout");
        CHECK(event->user.subject == "admin");
        if (name == EventName::grant_revoked) {
            CHECK(event->grant.text() == grant);
            CHECK(event->client.text() == party.id);
        }
    }
}
