#include "shared/endpoint/browser.h"

#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "shared/endpoint/end_login.h"
#include "shared/endpoint/password_check.h"
#include "shared/oauth/subject.h"

#include <algorithm>

namespace stile {

namespace {

constexpr std::string_view session_cookie = "stile_session";
constexpr std::string_view request_cookie = "stile_request_"; // + the request's id
constexpr std::string_view browser_cookie = "stile_browser";
constexpr std::size_t id_length = grant_id_length + selector_length; // of a session and of a known browser
constexpr std::size_t cookie_length = id_length + 24; // 142 bits of secret
constexpr std::size_t request_secret_length = 24;
constexpr std::size_t max_requests_under_way = 16; // of one browser; the oldest give way

// The first cookie of that name, or "".
std::string_view cookie_value(const Request& request, const std::string& name)
{
    for (const auto& [found, value] : parse_cookies(request.cookie))
        if (found == name)
            return value;
    return {};
}

// The cookie of that name when it is well-formed: an id, which names a record, and a secret.
std::optional<SplitToken> split_cookie(std::string_view name, const Request& request, const Context& context)
{
    return SplitToken::parse(cookie_value(request, cookie_name(name, cookie_scope(context.settings))), cookie_length);
}

// Set-Cookie values that delete the oldest request cookies when a browser has collected too many.
std::vector<std::string> forget_oldest(const Request& request, CookieScope scope)
{
    const auto prefix = cookie_name(request_cookie, scope);
    std::vector<std::string_view> ids;
    for (const auto& [name, value] : parse_cookies(request.cookie))
        if (name.starts_with(prefix) && is_grant_id(name.substr(prefix.size())))
            ids.push_back(name.substr(prefix.size()));
    std::vector<std::string> headers;
    for (std::size_t i = 0; i + max_requests_under_way <= ids.size(); ++i)
        headers.push_back(set_cookie(std::string(request_cookie).append(ids[i]), "", 0, scope));
    return headers;
}

} // namespace

CookieScope cookie_scope(const Settings& settings)
{
    return settings.issuer_is_https ? CookieScope::https : CookieScope::loopback_http;
}

Result<std::optional<LiveSession>> find_session(const Request& request, Context& context)
{
    const auto cookie = split_cookie(session_cookie, request, context);
    if (!cookie)
        return std::nullopt;
    auto id = cookie->token_id();
    auto session = TRY(context.sessions.find(id));
    if (!session || !equal_in_constant_time(session->secret_sha256, cookie->secret_sha256()))
        return std::nullopt;
    return LiveSession(std::move(id), std::move(*session), cookie->secret());
}

ResourceOwner owner_in(const LiveSession& session, const Client& client, const AuthorizationRequest& request)
{
    return {subject_for(client, session.subject()),
            session.user_name(),
            session.auth_time(),
            session.subject(),
            session.amr(),
            request.is_openid() ? sid_for(client.id, session.first_id()) : ""};
}

bool is_too_old(const LiveSession& session, const AuthorizationRequest& request)
{
    return session.id() == request.not_session || session.auth_time() < request.authenticated_since;
}

std::string login_path(const std::string& request_id, const AuthorizationRequest& request)
{
    const bool anew = request.authenticated_since > 0 || !request.not_session.empty();
    return "/login?request=" + request_id + (anew ? "&prompt=login" : "");
}

LoginFit fit_of(const LiveSession& session, const AuthorizationRequest& request, const Client& client)
{
    if (is_too_old(session, request))
        return LoginFit::too_old;
    const auto& expected = request.expected_subject;
    if (!expected.empty() && expected != subject_for(client, session.subject()))
        return LoginFit::another_user;
    const auto& acr = request.essential_acr;
    if (!acr.empty() && std::ranges::find(acr, acr_of(session.amr())) == acr.end())
        return LoginFit::too_weak;
    return LoginFit::fits;
}

Result<void> confirm_session(const LiveSession& session, const AuthorizationRequest& request, const SplitToken& code,
                             Context& context)
{
    const Sessions::GrantOfSession grant = {session.id(),        session.first_id(),
                                            code.grant_id(),     request.client_id,
                                            request.is_openid(), request.scope.contains("offline_access")};
    if (TRY(context.sessions.note(grant, context.settings.lifetimes.session)))
        return {};
    TRY(context.grants.revoke(code.grant_id()));
    return fail(ErrorCode::invalid_request, "the session has ended");
}

namespace {

// The same user logs in again: what came of the login goes on with the new one.
Result<void> end_to_go_on(const LiveSession& before, Context& context)
{
    TRY(context.sessions.keep_noted(before.first_id(), context.settings.lifetimes.session));
    return context.sessions.end(before.id());
}

Result<void> end_of_another(const LiveSession& before, const Request& request, Context& context)
{
    return end_login({before.id(), before.first_id(), before.subject()},
                     {context.sessions, context.grants, context.clients, context.logout_notices, context.clock},
                     [&](const Sessions::Noted& grant) {
                         context.audit.record(request, {.name = EventName::grant_revoked,
                                                        .client = ClientName::of_removed(grant.client_id),
                                                        .user = {before.user_name(), before.subject()},
                                                        .grant = GrantName(grant.grant_id),
                                                        .reason = "new_login"});
                     });
}

} // namespace

Result<std::optional<std::string>> begin_session(const Login& login, const Request& request, Context& context)
{
    const auto before = TRY(find_session(request, context));
    const bool is_same_user = before && before->subject() == login.user.subject;
    if (before)
        TRY(is_same_user ? end_to_go_on(*before, context) : end_of_another(*before, request, context));
    if (before)
        context.audit.record(request, {.name = EventName::session_ended,
                                       .user = {before->user_name(), before->subject()},
                                       .reason = "new_login"});
    const auto cookie = SplitToken::mint(context.random.base62(grant_id_length), cookie_length, context.random);
    const Session session = {login.user.name,        login.user.subject, login.auth_time,
                             cookie.secret_sha256(), login.amr.text(),   is_same_user ? before->first_id() : ""};
    const auto id = cookie.token_id();
    TRY(context.sessions.save(id, session, context.settings.lifetimes.session));
    if (login.checked != nullptr && !TRY(is_still_current(*login.checked, context))) { // ASVS 5.0 V7.4.3
        TRY(context.sessions.end(id));
        return std::nullopt;
    }
    return set_cookie(session_cookie, cookie.whole().reveal(), context.settings.lifetimes.session,
                      cookie_scope(context.settings));
}

Result<std::optional<std::string>> find_known_browser(std::string_view user_name, const Request& request,
                                                      Context& context)
{
    const auto cookie = split_cookie(browser_cookie, request, context);
    if (!cookie)
        return std::nullopt;
    auto id = cookie->token_id();
    const auto browser = TRY(context.known_browsers.find(id));
    if (!browser || browser->user_name != user_name
        || !equal_in_constant_time(browser->secret_sha256, cookie->secret_sha256()))
        return std::nullopt;
    return id;
}

Result<std::string> know_browser(const User& user, const Request& request, Context& context)
{
    // The same cookie again where there is one, so that each browser has one record.
    const auto known = TRY(find_known_browser(user.name, request, context));
    const auto cookie = known ? *split_cookie(browser_cookie, request, context)
                              : SplitToken::mint(context.random.base62(grant_id_length), cookie_length, context.random);
    const Seconds lifetime = context.settings.lifetimes.known_browser;
    TRY(context.known_browsers.save(cookie.token_id(), {user.name, context.clock.now(), cookie.secret_sha256()},
                                    lifetime));
    return set_cookie(browser_cookie, cookie.whole().reveal(), lifetime, cookie_scope(context.settings));
}

Result<std::vector<std::string>> park_request(const std::string& id, const AuthorizationRequest& authorization_request,
                                              const Request& request, Context& context)
{
    const Secret secret(context.random.base62(request_secret_length));
    const Seconds lifetime = context.settings.lifetimes.request;
    TRY(context.requests.park({id, authorization_request, sha256_base64url(secret.reveal())}, context.clock.now(),
                              lifetime));
    const auto scope = cookie_scope(context.settings);
    auto headers = forget_oldest(request, scope);
    headers.push_back(set_cookie(std::string(request_cookie).append(id), secret.reveal(), lifetime, scope));
    return headers;
}

Result<std::optional<OwnRequest>> find_own_request(std::string_view id, const Request& request, Context& context)
{
    if (!is_grant_id(id))
        return std::nullopt;
    const auto name = cookie_name(std::string(request_cookie).append(id), cookie_scope(context.settings));
    const auto value = cookie_value(request, name);
    if (value.size() != request_secret_length)
        return std::nullopt;
    auto parked = TRY(context.requests.find(id));
    if (!parked || !equal_in_constant_time(parked->secret_sha256, sha256_base64url(value)))
        return std::nullopt;
    return OwnRequest(std::move(*parked), Secret(std::string(value)));
}

SplitToken OwnRequest::code() const
{
    // Two blocks are far more bytes than rejection needs to find these characters.
    const std::string bytes =
        hmac_sha256(m_secret.reveal(), "stile code 1") + hmac_sha256(m_secret.reveal(), "stile code 2");
    const auto tail = base62_from({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()},
                                  code_length - grant_id_length);
    return SplitToken::of(id(), Secret(tail));
}

std::string form_token(std::string_view form, const OwnRequest& own, const LiveSession* session)
{
    std::string message = "stile form ";
    message.append(form).append(" ").append(own.id());
    if (session != nullptr)
        message.append(" ").append(sha256_base64url(session->m_secret.reveal()));
    return base64url_encode(hmac_sha256(own.m_secret.reveal(), message));
}

std::optional<std::string> form_token(std::string_view form, const Request& request, const Context& context)
{
    const auto cookie = split_cookie(session_cookie, request, context);
    if (!cookie)
        return std::nullopt;
    return base64url_encode(hmac_sha256(cookie->secret().reveal(), "stile form " + std::string(form)));
}

std::string forget_session(const Context& context)
{
    return set_cookie(session_cookie, "", 0, cookie_scope(context.settings));
}

} // namespace stile
