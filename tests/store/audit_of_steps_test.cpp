// The events that shared checks record, with an audit trail that keeps them in memory.
#include "shared/crypto/password.h"
#include "shared/endpoint/client_auth.h"
#include "shared/endpoint/password_check.h"
#include "tests/store/workshop.h"

namespace stile {

namespace {

std::string_view reason_of(const Event& event)
{
    return event.reason.text();
}

} // namespace

TEST_CASE("STILE-audit-13 a failed login names only an existing user: an unknown name may be a mistyped password")
{
    Workshop workshop;
    const User user = {"ann", "7c9e", hash_password(Secret("right"), workshop.store.random)};
    REQUIRE(must(Users(workshop.store.admin).add(user, noon)) == Registration::done);
    const Event about = {.name = EventName::login_succeeded, .grant = GrantName("9N6yQbe6KuOK")};
    const auto check = [&](std::string_view name, const char* password) {
        must(check_password(name, Secret(password), about, workshop.request, workshop.context));
    };
    check("Ann", "wrong");
    check("correct horse battery staple", "ann");
    check("correct-horse", "ann");
    check("ann", "right");
    REQUIRE(workshop.audit.names() == "login_failed login_failed login_failed"); // the caller records success
    const auto& known = workshop.audit.events[0];
    CHECK(known.user.name == "ann");
    CHECK(known.user.subject == "7c9e");
    CHECK(reason_of(known) == "wrong_password");
    CHECK(known.grant.text() == "9N6yQbe6KuOK");
    CHECK(known.request_id == workshop.request.request_id);
    CHECK(known.address == "192.0.2.1");
    for (const auto i : {1U, 2U}) {
        CHECK(reason_of(workshop.audit.events[i]) == "unknown_user");
        CHECK(workshop.audit.events[i].user.name.empty());
        CHECK(workshop.audit.events[i].user.subject.empty());
    }
}

TEST_CASE("STILE-audit-14 failed client authentication names only an existing client: an unknown id may be a secret")
{
    Workshop workshop;
    Client client;
    client.id = "shop";
    client.secret_hash = hash_generated_secret(Secret("the right secret"), workshop.store.random);
    REQUIRE(must(Clients(workshop.store.admin, workshop.client_cache).add(client, noon)) == Registration::done);
    const auto [form, header, reason, client_id] =
        GENERATE(table<std::string, std::optional<std::string>, std::string, std::string>({
            {"client_id=shop&client_secret=wrong", std::nullopt, "wrong_secret", "shop"},
            {"client_id=shop", std::nullopt, "wrong_method", "shop"},
            {"client_id=theRightSecret0123&client_secret=shop", std::nullopt, "unknown_client", ""},
            {"", "Basic dGhlUmlnaHRTZWNyZXQ6c2hvcA==", "unknown_client", ""}, // theRightSecret:shop
            {"", "Basic ?", "malformed_basic", ""},
            {"", std::nullopt, "no_credentials", ""},
        }));
    CAPTURE(form, reason);
    workshop.request.authorization = header;
    const auto sent = parse_form(form);
    REQUIRE(sent);
    const auto refused = authenticate_client(workshop.request, *sent, workshop.context);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().is_audited); // and not logged again
    REQUIRE(workshop.audit.names() == "client_auth_failed");
    CHECK(workshop.audit.events[0].client.text() == client_id);
    CHECK(reason_of(workshop.audit.events[0]) == reason);
    CHECK(workshop.audit.events[0].request_id == workshop.request.request_id);
}

} // namespace stile
