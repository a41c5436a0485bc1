#include "shared/oauth/event.h"

#include "tests/support/catch.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <type_traits>

using namespace stile;

namespace {

// "name=text" of all fields that say something.
std::vector<std::string> said(const EventRecord& record)
{
    std::vector<std::string> result;
    for (const auto& [name, text] : record.fields())
        if (!text.empty())
            result.push_back(std::string(name).append("=").append(text));
    return result;
}

} // namespace

// Text of a request does not convert: it is neither a literal nor a proved identifier.
static_assert(!std::is_convertible_v<std::string, ClientName> && !std::is_constructible_v<ClientName, std::string>);
static_assert(!std::is_convertible_v<std::string, GrantName> && !std::is_convertible_v<Secret, GrantName>);
static_assert(!std::is_convertible_v<std::string, Person> && !std::is_constructible_v<Person, std::string>);
static_assert(!std::is_convertible_v<std::string, Word> && !std::is_convertible_v<std::string_view, Word>);

TEST_CASE("STILE-audit-1 every event has its own name, in the order of the enumeration, and an entry in the README")
{
    CHECK(to_string(EventName::login_succeeded) == "login_succeeded");
    CHECK(to_string(EventName::code_replayed) == "code_replayed");
    CHECK(to_string(EventName::refresh_repeated) == "refresh_repeated");
    CHECK(to_string(EventName::client_auth_failed) == "client_auth_failed");
    CHECK(to_string(EventName::user_removed) == "user_removed");
    CHECK(to_string(EventName::events_lost) == "events_lost");
    std::vector<std::string_view> names(event_names().begin(), event_names().end());
    std::ifstream file("shared/endpoint/README.md");
    const std::string readme{std::istreambuf_iterator<char>(file), {}};
    for (const auto name : names) {
        CAPTURE(name);
        CHECK(readme.contains("`" + std::string(name) + "`"));
    }
    std::ranges::sort(names);
    CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("STILE-audit-2 an event has its known fields, always in the same order")
{
    const Client client = {.id = "shop"};
    const User user = {"ann", "7c9e", "$argon2id$the hash"};
    const auto token = SplitToken::parse("9N6yQbe6KuOKQ1xzjhfnEzD0FvlS6NkUrcXb5RLqXV", access_token_length);
    REQUIRE(token);
    const EventRecord record = {"2026-11-21T08:31:00Z",
                                "token",
                                {.name = EventName::grant_revoked,
                                 .client = client,
                                 .user = user,
                                 .grant = *token,
                                 .grant_type = "refresh_token",
                                 .kid = "k",
                                 .count = 3,
                                 .reason = "refresh_reused",
                                 .by = "root",
                                 .request_id = "0123",
                                 .address = "192.0.2.1"}};
    CHECK(said(record)
          == std::vector<std::string>{"time=2026-11-21T08:31:00Z", "function=token", "event=grant_revoked",
                                      "request_id=0123", "client_id=shop", "user=ann", "sub=7c9e", "address=192.0.2.1",
                                      "grant=9N6yQbe6KuOK", "grant_type=refresh_token", "kid=k", "count=3",
                                      "reason=refresh_reused", "by=root"});
    CHECK(said({"t", "login", {.name = EventName::login_failed}})
          == std::vector<std::string>{"time=t", "function=login", "event=login_failed"});
}

TEST_CASE("STILE-audit-3 a malformed grant id or client id is left out")
{
    CHECK(GrantName("9N6yQbe6KuOK").text() == "9N6yQbe6KuOK");
    const std::string text = GENERATE("", "9N6yQbe6KuO", "9N6yQbe6KuOKQ1xzjh", "9N6yQbe6KuO\n");
    CHECK(GrantName(text).text().empty());
    CHECK(ClientName::of_removed("shop").text() == "shop");
    CHECK(ClientName::of_removed("a b").text().empty());
    CHECK(Count(0).text().empty());
}
