// An approval in progress while its user is removed.
#include "functions/consent/consent.h"
#include "shared/endpoint/csrf.h"
#include "shared/endpoint/parked_request.h"
#include "shared/endpoint/session.h"
#include "tests/store/workshop.h"

namespace stile {

namespace {

// "name=value" of a Set-Cookie.
std::string pair_of(const std::string& set_cookie)
{
    return set_cookie.substr(0, set_cookie.find(';'));
}

} // namespace

TEST_CASE("ASVS-V7.4.3-1 a consent in progress does not outlive its user")
{
    Workshop workshop;
    auto& context = workshop.context;
    auto& request = workshop.request;
    const User user = {"ann", "ann", "$argon2id$"};
    REQUIRE(must(Users(workshop.store.admin).add(user, noon)) == Registration::done);
    Client client;
    client.id = "shop";
    client.secret_hash = "sha256$";
    client.redirect_uris = {"https://shop.example/cb"};
    REQUIRE(must(Clients(workshop.store.admin, workshop.client_cache).add(client, noon)) == Registration::done);

    const AuthorizationRequest asked = {.client_id = "shop", .redirect_uri = "https://shop.example/cb"};
    const std::string id = "9N6yQbe6KuOK";
    request.cookie = pair_of(must(park_request(id, asked, request, context)).back()) + "; "
                     + pair_of(must(begin_session({user, noon, Amr::password(), &user}, request, context)).value());
    const auto session = must(find_session(request, context));
    const auto own = must(find_own_request(id, request, context));
    REQUIRE((session && own));
    request.method = "POST";
    request.query = "request=" + id;
    request.content_type = "application/x-www-form-urlencoded";
    request.body = "approval=1&remember=1&csrf_token=" + form_token("consent", *own, &*session);

    SECTION("it is remembered")
    {
        CHECK(consent::handle(request, context).status == 303);
        CHECK(must(context.consents.find("shop", "ann")));
    }
    SECTION("unless the user is removed in the moment in which the code is issued")
    {
        workshop.audit.on_event = [&](const Event& event) {
            if (event.name == EventName::code_issued) { // as `stile user remove` does it
                Sessions sessions(workshop.store.admin);
                for (const auto& listed : must(sessions.list_of("ann")))
                    must(sessions.end(listed.id));
                must(Consents(workshop.store.admin).forget_subject("ann"));
            }
        };
        consent::handle(request, context);
        CHECK_FALSE(must(context.consents.find("shop", "ann")));
    }
}

} // namespace stile
