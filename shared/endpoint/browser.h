// What binds a browser: the session cookie of a login, one cookie for each authorization request under way, so that
// several tabs work side by side, and one that outlives the login and tells that this user has logged in here before.
// A cookie holds a secret; Redis holds its SHA-256; URLs hold neither.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/cookie.h"
#include "shared/http/request.h"
#include "shared/oauth/split_token.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

// Proof that the browser that sent this request is logged in: only find_session() and begin_session() make one.
class LiveSession {
public:
    const std::string& id() const { return m_id; }
    const std::string& user_name() const { return m_session.user_name; }
    const std::string& subject() const { return m_session.subject; }
    Seconds auth_time() const { return m_session.auth_time; }
    const std::string& amr() const { return m_session.amr; }
    // By which `sid` and session_grants go: it outlives a new login of the same user in this browser.
    const std::string& first_id() const { return m_session.first_id.empty() ? m_id : m_session.first_id; }

private:
    LiveSession(std::string id, Session session, Secret secret)
        : m_id(std::move(id)),
          m_session(std::move(session)),
          m_secret(std::move(secret))
    {
    }

    friend Result<std::optional<LiveSession>> find_session(const Request&, Context&);
    friend std::string form_token(std::string_view, const class OwnRequest&, const LiveSession*);

    std::string m_id;
    Session m_session;
    Secret m_secret;
};

// Nothing when the browser has no session or one that has ended. One round trip when it has a cookie, none else.
Result<std::optional<LiveSession>> find_session(const Request& request, Context& context);

// Whom a grant to this client is from, under this login.
ResourceOwner owner_in(const LiveSession& session, const Client& client, const AuthorizationRequest& request);

// Does the request want another login than this (OpenID Connect Core §3.1.2.1: prompt, max_age)?
bool is_too_old(const LiveSession& session, const AuthorizationRequest& request);

// The path of the login page for a parked request. prompt=login stands in it where the request does not take any login:
// then whoever serves that page is to authenticate anew, and not to pass on somebody who is logged in there.
std::string login_path(const std::string& request_id, const AuthorizationRequest& request);

// May this login answer the request (OpenID Connect Core §3.1.2.1: prompt, max_age, id_token_hint; §5.5.1: claims)?
// too_old: somebody has to log in anew; another_user: than the one the request is about; too_weak: for the essential acr.
enum class LoginFit { fits, too_old, another_user, too_weak };
LoginFit fit_of(const LiveSession& session, const AuthorizationRequest& request, const Client& client);

// To be called after a code was issued under the session: notes the grant with it, and one that has ended meanwhile (a
// new password, ASVS 5.0 V7.4.3) takes the grant with it. Whoever ends sessions looks for grants afterwards, so whatever
// the order, one sees the other. One round trip.
Result<void> confirm_session(const LiveSession& session, const AuthorizationRequest& request, const SplitToken& code,
                             Context& context);

// Who was authenticated, when and how, whoever did it.
struct Login {
    Person user;
    Seconds auth_time;
    Amr amr;
    const User* checked = nullptr; // whose password was checked here; null when another program authenticated them
};

// A session under a new id; the one that the browser had before ends (no fixation, no way back: ASVS 5.0 V7.2.4).
// Gives the Set-Cookie value; nothing when the password that was checked has been changed meanwhile.
Result<std::optional<std::string>> begin_session(const Login& login, const Request& request, Context& context);

// The id of this browser when it is the one in which `user_name` (canonical) logged in last, else nothing. Strangers'
// guesses at an account cannot lock it out of the browsers that know it (password_check). One round trip when the
// browser has such a cookie, whoever exists; none else.
Result<std::optional<std::string>> find_known_browser(std::string_view user_name, const Request& request,
                                                      Context& context);

// Makes or keeps this browser one that `user` has logged in at. Gives the Set-Cookie value.
Result<std::string> know_browser(const User& user, const Request& request, Context& context);

// Proof that this browser began this parked request: only find_own_request() makes one.
class OwnRequest {
public:
    const std::string& id() const { return m_parked.id; }
    const AuthorizationRequest& request() const { return m_parked.request; }
    bool is_answered() const { return m_parked.is_answered; }
    const std::string& browser_sha256() const { return m_parked.secret_sha256; }

    // The code that approving gives: derived from the cookie's secret (142 bits), so that approving twice by a double
    // click gives the same code and never two.
    SplitToken code() const;

private:
    OwnRequest(ParkedRequest parked, Secret secret) : m_parked(std::move(parked)), m_secret(std::move(secret)) {}

    friend Result<std::optional<OwnRequest>> find_own_request(std::string_view, const Request&, Context&);
    friend std::string form_token(std::string_view, const OwnRequest&, const LiveSession*);

    ParkedRequest m_parked;
    Secret m_secret;
};

// Parks a request for this browser under `id`; gives the Set-Cookie values.
Result<std::vector<std::string>> park_request(const std::string& id, const AuthorizationRequest& authorization_request,
                                              const Request& request, Context& context);

// Nothing when there is no such request, or another browser began it.
Result<std::optional<OwnRequest>> find_own_request(std::string_view id, const Request& request, Context& context);

// The hidden field of a form: HMAC-SHA256 under the request's cookie of the form's name, the request and the session.
// Whoever has not the browser's cookies cannot make it, and it serves for no other form, request or session.
std::string form_token(std::string_view form, const OwnRequest& own, const LiveSession* session);

// The hidden field of a form behind which there is no authorization request: HMAC-SHA256 under the session's cookie.
// Nothing when the browser has none; the session itself may have ended.
std::optional<std::string> form_token(std::string_view form, const Request& request, const Context& context);

// The Set-Cookie value that takes the session's cookie from the browser.
std::string forget_session(const Context& context);

CookieScope cookie_scope(const Settings& settings);

} // namespace stile
