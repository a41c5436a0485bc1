#include "functions/login/accept.h"

#include "shared/base/text.h"
#include "shared/crypto/digest.h"
#include "shared/endpoint/page.h"
#include "shared/endpoint/params.h"
#include "shared/oauth/user.h"

#include <algorithm>
#include <array>

namespace stile::login {

namespace {

constexpr std::string_view contract = "1"; // the version that README.md beside this file describes
constexpr Seconds clock_skew = 60; // how far the program's clock may be ahead of this server's

struct Description {
    std::optional<std::string> contract;
    std::optional<std::string> request;
    std::optional<std::string> subject;
    std::optional<std::string> user;
    std::optional<std::string> auth_time;
    std::optional<std::string> amr;
};

constexpr std::array description_parameters = {
    Parameter<Description>{{"contract", Presence::required, 8, any_visible}, &Description::contract},
    Parameter<Description>{{"request", Presence::required, 64, any_visible}, &Description::request},
    Parameter<Description>{{"subject", Presence::required, 255, any_visible}, &Description::subject},
    Parameter<Description>{{"user", Presence::optional, 128, any_visible}, &Description::user},
    Parameter<Description>{{"auth_time", Presence::optional, 20, any_visible}, &Description::auth_time},
    Parameter<Description>{{"amr", Presence::optional, 128, any_vschar}, &Description::amr},
};

Result<Person> person_of(const Description& described)
{
    if (!is_subject(*described.subject))
        return fail(ErrorCode::invalid_request, "subject must be 1 to 255 visible ASCII characters without ':'");
    if (!described.user)
        return Person(*described.subject, *described.subject);
    auto name = canonical_user_name(*described.user);
    if (!name)
        return fail(ErrorCode::invalid_request, "user must be 1 to 128 of a-z 0-9 . _ @ + -");
    return Person(std::move(*name), *described.subject);
}

// The time that the program states, by default now.
Result<Seconds> auth_time_of(const Description& described, Seconds now)
{
    const auto time = described.auth_time ? parse_number<Seconds>(*described.auth_time) : now;
    if (!time || *time <= 0 || *time > now + clock_skew)
        return fail(ErrorCode::invalid_request, "auth_time must be seconds since 1970, and not in the future");
    return std::min(*time, now);
}

} // namespace

Result<std::optional<Response>> accept_login(const Login& login, const OwnRequest& own, const Request& request,
                                             Context& context)
{
    const auto cookie = TRY(begin_session(login, request, context));
    if (!cookie)
        return std::nullopt;
    context.audit.record(request, {.name = EventName::login_succeeded,
                                   .client = own.request(),
                                   .user = login.user,
                                   .grant = GrantName(own.id()),
                                   .amr = login.amr});
    auto response = redirect_within("/approve?request=" + own.id(), context);
    response.add_header("Set-Cookie", *cookie);
    return response;
}

int refusal_of_program(const Request& request, const Context& context)
{
    const auto secret = context.settings.login_program_secret.reveal();
    if (secret.empty())
        return 404;
    return equal_in_constant_time(request.login_program_secret, secret) ? 0 : 403;
}

Result<Response> accept_from_program(const Request& request, Context& context)
{
    // 1. Parse the description of the login, and check it against the contract.
    const auto query = TRY(query_parameters(request));
    const auto described = TRY(bind_parameters(query, description_parameters));
    if (described.contract != contract)
        return fail(ErrorCode::invalid_request, "unsupported contract version");
    const auto person = TRY(person_of(described));
    const auto auth_time = TRY(auth_time_of(described, context.clock.now()));
    const auto amr = TRY(Amr::parse(described.amr.value_or("")));
    const Login login = {person, auth_time, amr};

    // 2. Find the request that this browser began, and check the age of the login (OpenID Connect Core §3.1.2.1:
    // prompt=login, max_age).
    const auto own = TRY(find_own_request(*described.request, request, context));
    if (!own)
        return fail(ErrorCode::invalid_request, "the authorization request is unknown or expired in this browser");
    if (login.auth_time < own->request().authenticated_since)
        return fail(ErrorCode::invalid_request, "auth_time is older than the application allows");

    // 3. Begin the session. No password was checked here, so there always is a response.
    auto response = TRY(accept_login(login, *own, request, context));
    return std::move(*response);
}

} // namespace stile::login
