// The subs of users, and the rules for passwords and secrets, by the admin command.
#include "tests/endpoint/stile/admin.h"
#include "tests/support/catch.h"
#include "tests/support/page_folder.h"

#include <fstream>

using namespace stile;
using namespace stile::test;

namespace {

struct Subjects : Instance {
    using Instance::Instance;

    Caller client{*this};

    Ran add(const std::string& name, const Words& more = {})
    {
        return admin(joined({"user", "add", name, "--password", "password of " + name}, more));
    }
    std::string subject_of(const std::string& name) { return json_of(*this, {"user", "show", name})["sub"]; }
    Answer tokens_of(const std::string& user, const Parameters& more = {})
    {
        Browser browser(*this);
        const auto path = browser.reach_consent(demo_request(), user, "password of " + user);
        return redeem(client, value_of(query_of(browser.approve(path, more).location()), "code"));
    }
    bool lives(const Answer& tokens) { return client.verify(bearer(member(tokens, "access_token"))).status == 200; }
    // As a version before the records of subs wrote it.
    void add_old(const std::string& name, const std::string& subject)
    {
        add(name);
        redis({"DEL", "subject:" + subject_of(name)});
        redis({"HSET", "user:" + name, "sub", subject});
    }
};

struct Ruled : Instance {
    PageFolder folder;
    std::string list = folder.path() + "/list";

    Ruled() : Instance({{"STILE_PASSWORD_LENGTH", "8"}, {"STILE_CLIENT_SECRET_LENGTH", "16"}}) {}
};

} // namespace

TEST_CASE_METHOD(Subjects,
                 "STILE-subject-7 a user gets a random sub, and none that is or was another's or a client's id")
{
    CHECK(add("ann").status == 0);
    const auto first = subject_of("ann");
    CHECK(first.size() == 22);
    CHECK(first != "ann");
    CHECK(add("bob", {"--subject", first}).errors
          == "stile: the sub " + first
                 + " is or was a user's, and is never given again; choose another, or leave --subject out\n");
    CHECK(add("bob", {"--subject", "test_client"}).status == 4);
    CHECK(admin({"client", "add", "--id", first, "--grant-type", "client_credentials"}).status == 4);
    CHECK(admin({"user", "remove", "ann"}).status == 0);
    CHECK(add("ann").status == 0);
    CHECK(subject_of("ann") != first);
    CHECK(admin({"user", "update", "ann", "--subject", first}).status == 4);
    CHECK(add("bob", {"--subject", first}).status == 4);
    CHECK(admin({"client", "add", "--id", first, "--grant-type", "client_credentials"}).status == 4);
}

TEST_CASE_METHOD(Subjects, "STILE-subject-8 a user who shares a sub takes nothing from its owner")
{
    CHECK(add("owner", {"--subject", "shared", "--email", "owner@example.com"}).status == 0);
    add_old("second", "shared");
    const auto of_second = tokens_of("second");
    const auto of_owner = tokens_of("owner", {{"remember", "1"}});
    CHECK(admin({"user", "update", "second", "--email", "second@example.com"}).status == 1);
    CHECK(json_of(*this, {"user", "show", "owner"})["claims"]["email"] == "owner@example.com");
    const auto how =
        GENERATE(Words{"user", "remove", "second"}, Words{"user", "set-password", "second", "--password", "x"},
                 Words{"user", "update", "second", "--subject", "of-the-second"});
    CHECK(admin(how).status == 0);
    CHECK(lives(of_owner));
    CHECK_FALSE(lives(of_second));
    CHECK(json_of(*this, {"user", "show", "owner"})["claims"]["email"] == "owner@example.com");
    CHECK(keys("consent:test_client:shared").size() == 1);
    CHECK(admin({"user", "remove", "owner"}).status == 0);
    CHECK_FALSE(lives(of_owner));
    CHECK(keys("profile:shared").empty());
}

TEST_CASE_METHOD(Subjects, "STILE-subject-8 the removal of a user can be repeated, and takes nothing from others")
{
    add("gone");
    add("other", {"--subject", "gone"});
    const auto of_gone = tokens_of("gone"), of_other = tokens_of("other");
    const auto subject = subject_of("gone");
    const auto grant = "grant:{" + member(of_gone, "access_token").substr(0, 12) + "}";
    const auto kept = redis({"DUMP", grant}).text;
    CHECK(admin({"user", "remove", "gone"}).status == 0);
    redis({"RESTORE", grant, "0", kept}); // as if the command had been interrupted
    CHECK(admin({"user", "remove", "gone"}).output == "removed; 0 sessions ended, 1 grant revoked\n");
    CHECK(lives(of_other));
    CHECK(admin({"user", "remove", "gone"}).status == 3);
    CHECK(lives(of_other));
    CHECK(keys("subject:" + subject).size() == 1);
}

TEST_CASE_METHOD(Subjects, "STILE-subject-9 check names users with one sub, and library load records what is missing")
{
    CHECK(admin({"check"}).output.contains("each user has a sub of their own"));
    add_old("second", "admin");
    const auto named = admin({"check"}).output;
    CHECK(named.contains("the users admin and second have the same sub admin"));
    CHECK(named.contains("stile user update second --subject"));
    add_old("late", "late");
    CHECK(admin({"check"}).output.contains("the sub late of user late is not recorded; run stile library load"));
    CHECK(admin({"library", "load"}).status == 0);
    CHECK_FALSE(admin({"check"}).output.contains("not recorded"));
}

TEST_CASE_METHOD(Ruled, "STILE-password-rules-1 a password that is short, the user's name or in the list is refused")
{
    std::ofstream(list) << "#!comment\nTrustNo1Ever\npassword1234\n";
    const auto [password, why] = GENERATE(table<std::string, std::string>({
        {"seven77", "has fewer than 8 bytes (STILE_PASSWORD_LENGTH)"},
        {"Adalbert", "is the name of the user"},
        {"trustno1ever", "is one that many people have (STILE_PASSWORD_LIST)"},
        {"PASSWORD1234", "is one that many people have (STILE_PASSWORD_LIST)"},
    }));
    CAPTURE(password);
    Instance listed({{"STILE_PASSWORD_LENGTH", "8"}, {"STILE_PASSWORD_LIST", list}}, other_redis());
    CHECK(listed.admin({"user", "add", "adalbert", "--password", "-"}, password + "\n").errors
          == "stile: the password " + why + "\n");
    CHECK(listed.admin({"user", "show", "adalbert"}).status == 3);
    CHECK(listed.admin({"user", "add", "adalbert", "--password", "eight888"}).status == 0);
    CHECK(listed.admin({"user", "set-password", "adalbert", "--password", password}).status == 2);
    CHECK(admin({"user", "add", "adalbert", "--password", "trustno1ever"}).status == 0); // without the list
}

TEST_CASE_METHOD(Ruled, "STILE-password-rules-1 a list that cannot be read refuses every password")
{
    Instance listed({{"STILE_PASSWORD_LENGTH", "8"}, {"STILE_PASSWORD_LIST", list + "-missing"}}, other_redis());
    CHECK(listed.admin({"user", "add", "adalbert", "--password", "long enough"}).errors.contains("cannot be read"));
    CHECK(listed.admin({"user", "show", "adalbert"}).status == 3);
}

TEST_CASE_METHOD(Ruled, "STILE-password-rules-2 a secret that is chosen for a client has 16 bytes at least")
{
    const Words words = {"client", "add", "--id", "chosen", "--grant-type", "client_credentials", "--secret"};
    const auto refused = admin(joined(words, {"fifteen bytes.."}));
    CHECK(refused.status == 2);
    CHECK(refused.errors.contains("fewer than 16 bytes (STILE_CLIENT_SECRET_LENGTH)"));
    CHECK(admin({"client", "show", "chosen"}).status == 3);
    CHECK(admin(joined(words, {"sixteen bytes..."})).status == 0);
    CHECK(admin({"client", "rotate-secret", "chosen", "--secret", "short"}).status == 2);
    CHECK(admin({"client", "rotate-secret", "chosen"}).status == 0);
}
