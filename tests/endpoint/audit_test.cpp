// The audit trail: each event is provoked at its endpoint, or by the admin command. That the log and the stream tell it in the
// same words is shown by tests/store and tests/run.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <sstream>

using namespace stile;
using namespace stile::test;

namespace {

using Json = nlohmann::json;

// Names of events that the tests of this file have seen; the last of them compares.
std::set<std::string> seen;

std::vector<Json> json_lines(const std::string& text)
{
    std::vector<Json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        if (auto json = Json::parse(line, nullptr, false); json.is_object())
            lines.push_back(std::move(json));
    return lines;
}

// The fields that vary with what happened; those that are not there are "-".
std::string in_short(const Json& event, const std::vector<std::string>& names)
{
    std::string text;
    for (const auto& name : names)
        text.append(text.empty() ? "" : " ").append(event.value(name, "-"));
    return text;
}

std::string grant_of(const std::string& token)
{
    return token.substr(0, grant_id_length);
}

Json fields_of(const Event& event)
{
    Json fields;
    const EventRecord record = {"", "", event};
    for (const auto& [name, text] : record.fields())
        if (!text.empty())
            fields[std::string(name)] = text;
    return fields;
}

Answer posted_login(Browser& browser, const std::string& user, const std::string& password)
{
    return browser.log_in(browser.authorize(demo_request()).location(), user, password);
}

struct Auditing : Instance {
    using Instance::Instance;

    Caller client{*this};

    const Event* find(const Answer& answer, const std::string& event)
    {
        const auto found = std::ranges::find_if(audit.events, [&](const Event& one) {
            return to_string(one.name) == event && one.request_id == answer.header("x-request-id");
        });
        return found != audit.events.end() ? &*found : nullptr;
    }

    bool is_told(const Answer& answer, const std::string& event) { return find(answer, event) != nullptr; }

    // What is recorded of the request that was answered so. An event is not logged a second time as a refusal.
    Json told(const Answer& answer, const std::string& event)
    {
        CAPTURE(event, answer.status, answer.body.substr(0, 500));
        const auto* found = find(answer, event);
        REQUIRE(found != nullptr);
        CHECK(found->address == "192.0.2.1");
        CHECK_FALSE(log_text().contains(answer.header("x-request-id")));
        seen.insert(event);
        return fields_of(*found);
    }

    // What the admin command says on its standard error, and in the stream in the same words.
    Json told_by_admin(const Ran& ran, const std::string& event)
    {
        CAPTURE(event, ran.output, ran.errors);
        CHECK(ran.status == 0);
        const auto lines = json_lines(ran.errors);
        const auto line = std::ranges::find_if(lines, [&](const Json& one) { return one.value("event", "") == event; });
        REQUIRE(line != lines.end());
        CHECK(std::ranges::count(in_stream(), *line) == 1); // written before the command ended
        CHECK(line->value("function", "") == "stile");
        CHECK(line->value("by", "").starts_with(::getuid() == 0 ? "root" : ""));
        seen.insert(event);
        return *line;
    }

    // As it lies in Redis, without our own reading of it.
    std::vector<Json> in_stream()
    {
        std::vector<Json> entries;
        for (const char* stream : {"events:stile", "events:stile:routine"})
            for (const auto& entry : redis({"XRANGE", stream, "-", "+"}).elements) {
                Json fields;
                const auto& words = entry.elements.at(1).elements;
                for (std::size_t i = 0; i + 1 < words.size(); i += 2)
                    fields[words[i].text] = words[i + 1].text;
                entries.push_back(std::move(fields));
            }
        return entries;
    }
};

} // namespace

TEST_CASE_METHOD(Auditing,
                 "STILE-audit-20 login_succeeded, and login_failed with the user's name only if there is such a user")
{
    Browser browser(*this);
    const auto parked = browser.authorize(demo_request()).location();
    const auto request = value_of(query_of(parked), "request");
    const auto failed = told(browser.log_in(parked, "Admin", "wrong-password-typed"), "login_failed");
    CHECK(in_short(failed, {"client_id", "user", "sub", "grant", "reason"})
          == "test_client admin admin " + request + " wrong_password");
    const auto unknown = told(browser.log_in(parked, "password-in-the-wrong-field", "wrong-password"), "login_failed");
    CHECK(in_short(unknown, {"user", "sub", "reason"}) == "- - unknown_user");
    const auto succeeded = told(browser.log_in(parked), "login_succeeded");
    CHECK(in_short(succeeded, {"client_id", "user", "sub", "grant"}) == "test_client admin admin " + request);
}

TEST_CASE("STILE-audit-21 login_throttled")
{
    Auditing instance(Instance::Variables{{"STILE_LOGIN_TRIES_PER_USER", "1"}});
    Browser browser(instance);
    Answer answer;
    for (int i = 0; i < 4 && answer.status != 429; ++i)
        answer = posted_login(browser, "admin", "wrong-password-typed");
    REQUIRE(answer.status == 429);
    const auto throttled = instance.told(answer, "login_throttled");
    CHECK(in_short(throttled, {"client_id", "user", "reason"}) == "test_client admin closed");
    CHECK_FALSE(instance.is_told(answer, "login_failed"));
    // The others are counted, and told together when the throttle has opened.
    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(instance.is_told(posted_login(browser, "admin", "wrong-password-typed"), "login_throttled"));
    instance.pass(600);
    posted_login(browser, "admin", "wrong-password-typed");
    const auto opened =
        std::ranges::find_if(instance.audit.events, [](const Event& event) { return event.reason.text() == "opened"; });
    REQUIRE(opened != instance.audit.events.end());
    CHECK(in_short(fields_of(*opened), {"user", "sub", "count", "address"}) == "admin admin 3 -");
}

TEST_CASE_METHOD(Auditing, "STILE-audit-22 session_ended by another login in the same browser")
{
    Browser browser(*this);
    const auto first = posted_login(browser, "admin", "admin");
    CHECK_FALSE(is_told(first, "session_ended"));
    const auto parked = browser.authorize(demo_request()).location();
    const auto again = browser.log_in("/login?prompt=login&" + parked.substr(parked.find('?') + 1));
    const auto ended = told(again, "session_ended");
    CHECK(in_short(ended, {"user", "sub", "reason"}) == "admin admin new_login");
}

TEST_CASE_METHOD(Auditing, "STILE-audit-23 consent_given with code_issued; once, however often the button is pressed")
{
    Browser browser(*this);
    const auto path = browser.reach_consent(demo_request());
    const auto form = browser.get(path);
    const auto press = [&] { return browser.post(path, Parameters{{"csrf_token", csrf_of(form)}, {"approval", "1"}}); };
    const auto approved = press();
    const auto code = value_of(query_of(approved.location()), "code");
    const auto all = "test_client admin admin " + grant_of(code);
    CHECK(in_short(told(approved, "consent_given"), {"client_id", "user", "sub", "grant"}) == all);
    CHECK(in_short(told(approved, "code_issued"), {"client_id", "user", "sub", "grant"}) == all);
    const auto pressed_again = press();
    CHECK(pressed_again.location() == approved.location());
    CHECK_FALSE(is_told(pressed_again, "consent_given"));
    CHECK_FALSE(is_told(pressed_again, "code_issued"));
}

TEST_CASE_METHOD(Auditing, "STILE-audit-24 consent_denied")
{
    Browser browser(*this);
    const auto path = browser.reach_consent(demo_request());
    const auto denied = told(browser.deny(path), "consent_denied");
    CHECK(in_short(denied, {"client_id", "user", "grant"})
          == "test_client admin " + value_of(query_of(path), "request"));
}

TEST_CASE_METHOD(Auditing, "STILE-audit-25 a remembered consent is code_issued alone")
{
    Browser browser(*this);
    browser.approve(browser.reach_consent(demo_request()), {{"remember", "1"}});
    const auto answer = browser.authorize(demo_request());
    const auto code = value_of(query_of(answer.location()), "code");
    REQUIRE(code.size() == 42);
    CHECK(in_short(told(answer, "code_issued"), {"client_id", "user", "grant"})
          == "test_client admin " + grant_of(code));
    CHECK_FALSE(is_told(answer, "consent_given"));
}

TEST_CASE_METHOD(Auditing, "STILE-audit-26 code_redeemed, code_replayed, and grant_revoked by the replay that ended it")
{
    Browser browser(*this);
    const auto code = browser.obtain_code();
    const auto who = "test_client admin " + grant_of(code) + " authorization_code";
    const std::vector<std::string> names = {"client_id", "sub", "grant", "grant_type"};
    CHECK(in_short(told(redeem(client, code), "code_redeemed"), names) == who);
    const auto replay = redeem(client, code);
    CHECK(in_short(told(replay, "code_replayed"), names) == who);
    const auto revoked = told(replay, "grant_revoked");
    CHECK(in_short(revoked, names) == who);
    CHECK(revoked["reason"] == "code_replayed");
    const auto another = redeem(client, code);
    CHECK(is_told(another, "code_replayed"));
    CHECK_FALSE(is_told(another, "grant_revoked")); // there was nothing left to revoke
}

TEST_CASE_METHOD(Auditing,
                 "STILE-audit-27 refresh_rotated, refresh_reused, and grant_revoked by the reuse that ended it")
{
    Browser browser(*this);
    const auto first = member(redeem(client, browser.obtain_code()), "refresh_token");
    const auto who = "test_client admin " + grant_of(first) + " refresh_token";
    const std::vector<std::string> names = {"client_id", "sub", "grant", "grant_type"};
    CHECK(in_short(told(refresh(client, first), "refresh_rotated"), names) == who);
    const auto reuse = refresh(client, first);
    CHECK(in_short(told(reuse, "refresh_reused"), names) == who);
    CHECK(told(reuse, "grant_revoked")["reason"] == "refresh_reused");
    CHECK_FALSE(is_told(refresh(client, first), "grant_revoked"));
}

TEST_CASE_METHOD(Auditing, "STILE-audit-28 refresh_repeated within the grace period")
{
    Browser browser(*this);
    const Headers patient = {basic(
        "patient",
        add_client(
            {.id = "patient", .redirect_uris = {demo_redirect}, .scope = scope_of("email"), .refresh_grace = 300}))};
    const auto code = browser.obtain_code(demo_request({{"client_id", "patient"}}));
    const auto token = member(redeem(client, code, {}, patient), "refresh_token");
    CHECK(refresh(client, token, {}, patient).status == 200);
    const auto repeated = told(refresh(client, token, {}, patient), "refresh_repeated");
    CHECK(in_short(repeated, {"client_id", "sub", "grant"}) == "patient admin " + grant_of(token));
}

TEST_CASE("STILE-audit-29 tokens_issued to a client for itself, and for a user's password")
{
    Auditing instance(
        Instance::Variables{{"STILE_GRANT_TYPES", "authorization_code,refresh_token,client_credentials,password"}});
    auto& client = instance.client;
    const Headers robot = {basic(
        "robot", instance.add_client(
                     {.id = "robot", .scope = scope_of("read"), .grant_types = {"client_credentials", "password"}}))};
    const std::vector<std::string> names = {"client_id", "user", "sub", "grant", "grant_type"};
    const auto own = own_token(client, robot);
    CHECK(in_short(instance.told(own, "tokens_issued"), names)
          == "robot - - " + grant_of(member(own, "access_token")) + " client_credentials");
    const auto with_password = [&](const std::string& password) {
        return token_request(client, {{"grant_type", "password"}, {"username", "admin"}, {"password", password}},
                             robot);
    };
    const auto issued = with_password("admin");
    CHECK(in_short(instance.told(issued, "tokens_issued"), names)
          == "robot admin admin " + grant_of(member(issued, "access_token")) + " password");
    CHECK(in_short(instance.told(with_password("wrong-password-sent"), "login_failed"), names)
          == "robot admin admin - password");
}

TEST_CASE_METHOD(Auditing, "STILE-audit-30 token_revoked and grant_revoked at a client's request")
{
    Browser browser(*this);
    const auto tokens = redeem(client, browser.obtain_code());
    const auto access = member(tokens, "access_token");
    const auto who = "test_client admin " + grant_of(access) + " client_request";
    const std::vector<std::string> names = {"client_id", "sub", "grant", "reason"};
    CHECK(in_short(told(revoke(client, access, {demo_basic}), "token_revoked"), names) == who);
    const auto given_back = revoke(client, member(tokens, "refresh_token"), {demo_basic});
    CHECK(in_short(told(given_back, "grant_revoked"), names) == who);
    // Nothing more is there to revoke.
    const auto again = revoke(client, member(tokens, "refresh_token"), {demo_basic});
    CHECK(again.status == 200);
    CHECK_FALSE(is_told(again, "grant_revoked"));
    CHECK_FALSE(is_told(revoke(client, std::string(42, 'a'), {demo_basic}), "token_revoked"));
}

TEST_CASE_METHOD(Auditing,
                 "STILE-audit-31 client_auth_failed at every endpoint, with the id only of a client that there is")
{
    const auto wrong = basic("test_client", "a-wrong-client-secret");
    for (const char* path : {"/oauth/token", "/oauth/introspect", "/oauth/revoke"}) {
        const auto answer =
            client.post(path, Parameters{{"grant_type", "client_credentials"}, {"token", "x"}}, {wrong});
        CHECK(answer.status == 401);
        CHECK(in_short(told(answer, "client_auth_failed"), {"client_id", "reason"}) == "test_client wrong_secret");
    }
    const auto swapped = own_token(client, {basic("the-secret-in-the-wrong-field", "demo")});
    CHECK(in_short(told(swapped, "client_auth_failed"), {"client_id", "reason"}) == "- unknown_client");
    add_client({.id = "app", .auth_method = AuthMethod::none, .redirect_uris = {demo_redirect}});
    const auto asked = client.post("/oauth/introspect", Parameters{{"client_id", "app"}, {"token", "x"}});
    CHECK(in_short(told(asked, "client_auth_failed"), {"client_id", "reason"}) == "app public_client");
}

TEST_CASE_METHOD(Auditing, "STILE-audit-32 client_auth_throttled")
{
    Answer answer;
    for (int i = 0; i < 20 && answer.status != 429; ++i)
        answer = own_token(client, {basic("test_client", "a-wrong-client-secret")});
    REQUIRE(answer.status == 429);
    CHECK(in_short(told(answer, "client_auth_throttled"), {"client_id", "reason"}) == "test_client closed");
    for (int i = 0; i < 5; ++i)
        CHECK_FALSE(
            is_told(own_token(client, {basic("test_client", "a-wrong-client-secret")}), "client_auth_throttled"));
    pass(600);
    own_token(client, {basic("test_client", "a-wrong-client-secret")});
    const auto opened =
        std::ranges::find_if(audit.events, [](const Event& event) { return event.reason.text() == "opened"; });
    REQUIRE(opened != audit.events.end());
    CHECK(in_short(fields_of(*opened), {"client_id", "count", "address"}) == "test_client 5 192.0.2.1");
    const auto lifted = admin({"client", "unlock", "test_client"});
    CHECK(in_short(told_by_admin(lifted, "throttles_lifted"), {"client_id", "count"}) == "test_client 1");
}

TEST_CASE_METHOD(Auditing, "STILE-audit-33 what the admin command does, and by whom")
{
    const auto by_admin = [&](const std::vector<std::string>& arguments, const std::string& event) {
        return told_by_admin(admin(arguments), event);
    };
    CHECK(by_admin({"client", "add", "--id", "short-lived", "--redirect-uri", demo_redirect, "--scope", "email"},
                   "client_added")["client_id"]
          == "short-lived");
    CHECK(in_short(by_admin({"user", "add", "zoe", "--subject", "7c9e", "--password", "first-password-of-zoe"},
                            "user_added"),
                   {"user", "sub"})
          == "zoe 7c9e");
    Browser browser(*this);
    const auto code_of = [&](const std::string& password) {
        const auto path = browser.reach_consent(demo_request({{"client_id", "short-lived"}}), "zoe", password);
        return value_of(query_of(browser.approve(path).location()), "code");
    };
    CHECK(by_admin({"client", "update", "short-lived", "--name", "Short"}, "client_updated")["client_id"]
          == "short-lived");
    CHECK(by_admin({"client", "rotate-secret", "short-lived"}, "client_secret_changed")["client_id"] == "short-lived");
    const auto subject_changed = admin({"user", "update", "zoe", "--subject", "7c9f"});
    CHECK(in_short(told_by_admin(subject_changed, "user_updated"), {"user", "sub"}) == "zoe 7c9f");
    const auto first = grant_of(code_of("first-password-of-zoe"));
    const auto changed = admin({"user", "set-password", "zoe", "--password", "second-password-of-zoe"});
    CHECK(in_short(told_by_admin(changed, "user_password_changed"), {"user", "sub"}) == "zoe 7c9f");
    CHECK(in_short(told_by_admin(changed, "grant_revoked"), {"grant", "user", "sub", "reason"})
          == first + " zoe 7c9f password_changed");
    CHECK(in_short(told_by_admin(changed, "session_ended"), {"user", "count", "reason"}) == "zoe 1 password_changed");
    const auto second = grant_of(code_of("second-password-of-zoe"));
    const auto client_removed = admin({"client", "remove", "short-lived"});
    CHECK(told_by_admin(client_removed, "client_removed")["client_id"] == "short-lived");
    CHECK(in_short(told_by_admin(client_removed, "grant_revoked"), {"grant", "client_id", "reason"})
          == second + " short-lived client_removed");
    const auto user_removed = admin({"user", "remove", "zoe"});
    CHECK(in_short(told_by_admin(user_removed, "user_removed"), {"user", "sub"}) == "zoe 7c9f");
    CHECK(told_by_admin(user_removed, "session_ended")["reason"] == "user_removed");
    const auto kid = by_admin({"keys", "rotate", "--alg", "EdDSA"}, "key_rotated").value("kid", "");
    CHECK(kid.size() == 43);
    CHECK(by_admin({"keys", "retire", kid}, "key_retired")["kid"] == kid);
    CHECK(by_admin({"export", "-"}, "records_exported").contains("count"));
    // What is refused is no event.
    CHECK(json_lines(admin({"user", "remove", "zoe"}).errors).empty());
    CHECK(json_lines(admin({"client", "remove", "short-lived"}).errors).empty());
}

TEST_CASE_METHOD(Auditing, "STILE-audit-39 every event was seen but those of which other tests see to it")
{
    // Only after all the others has it something to look at.
    if (!seen.contains("login_succeeded") || !seen.contains("key_retired"))
        return;
    for (const auto name : event_names()) {
        CAPTURE(name);
        // The tests of the store, and tests/run/test_backchannel.py.
        const bool is_seen_elsewhere = name == to_string(EventName::events_lost)
                                       || name == to_string(EventName::logout_delivered)
                                       || name == to_string(EventName::logout_undelivered);
        CHECK((seen.contains(std::string(name)) || is_seen_elsewhere));
    }
}
