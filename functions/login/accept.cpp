#include "functions/login/accept.h"

#include "shared/base/text.h"
#include "shared/endpoint/page.h"
#include "shared/endpoint/params.h"
#include "shared/oauth/user.h"

#include <algorithm>
#include <array>

namespace stile::login {

namespace {

constexpr std::string_view contract = "1"; // the number of README.md beside this file
constexpr Seconds clock_skew = 60; // by which the program's clock may be ahead of ours

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

Result<Person> person_of(const Description& told)
{
    if (!is_subject(*told.subject))
        return fail(ErrorCode::invalid_request, "subject must be 1 to 255 visible ASCII characters without ':'");
    if (!told.user)
        return Person(*told.subject, *told.subject);
    auto name = canonical_user_name(*told.user);
    if (!name)
        return fail(ErrorCode::invalid_request, "user must be 1 to 128 of a-z 0-9 . _ @ + -");
    return Person(std::move(*name), *told.subject);
}

// Now, unless the program says when.
Result<Seconds> auth_time_of(const Description& told, Seconds now)
{
    const auto time = told.auth_time ? parse_number<Seconds>(*told.auth_time) : now;
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

Result<Response> accept_from_program(const Request& request, Context& context)
{
    const auto query = TRY(query_parameters(request));
    const auto told = TRY(bind_parameters(query, description_parameters));
    if (told.contract != contract)
        return fail(ErrorCode::invalid_request, "unsupported contract version");
    const auto person = TRY(person_of(told));
    const auto auth_time = TRY(auth_time_of(told, context.clock.now()));
    const auto amr = TRY(Amr::parse(told.amr.value_or("")));
    const Login login = {person, auth_time, amr};
    const auto own = TRY(find_own_request(*told.request, request, context));
    if (!own)
        return fail(ErrorCode::invalid_request, "the authorization request is unknown or expired in this browser");
    if (login.auth_time < own->request().authenticated_since) // OpenID Connect Core §3.1.2.1: prompt=login, max_age
        return fail(ErrorCode::invalid_request, "auth_time is older than the application allows");
    auto response = TRY(accept_login(login, *own, request, context));
    return std::move(*response); // there is one: no password was checked here
}

} // namespace stile::login
