#include "tests/bench/load/flow.h"

#include "shared/crypto/base64.h"

namespace stile::load {

namespace {

std::string basic(const Identity& who)
{
    return "Authorization: Basic " + base64_encode(encode(who.client_id) + ":" + encode(who.client_secret)) + "\r\n";
}

std::string token_of(const Answer& answer, std::string_view name)
{
    return std::string(between(answer.body, "\"" + std::string(name) + "\":\"", "\""));
}

class ClientCredentials final : public Flow {
public:
    explicit ClientCredentials(const Identity& who)
        : m_request(post(who.endpoints.token, "grant_type=client_credentials&scope=" + encode(who.scope), basic(who)))
    {
    }
    std::optional<Step> next() override { return Step{m_request, "client_credentials"}; }
    bool take(const Answer& answer) override
    {
        m_token = token_of(answer, "access_token");
        return answer.status == 200 && !m_token.empty();
    }
    std::string product() override { return m_token; }

private:
    std::string m_request;
    std::string m_token;
};

// A browser that follows redirects and fills in the forms that it is shown, until it is sent to the client with a code.
class Browser {
public:
    explicit Browser(const Identity& who)
        : m_who(who),
          m_begin(who.endpoints.authorization + (who.endpoints.authorization.contains('?') ? "&" : "?")
                  + "response_type=code&state=somestate&client_id=" + encode(who.client_id)
                  + "&redirect_uri=" + encode(who.redirect_uri) + "&scope=" + encode(who.scope)),
          m_cookies(who.session_cookie)
    {
    }

    void forget_everything()
    {
        m_cookies = CookieJar(m_who.session_cookie);
        m_is_known = false;
    }

    Step next() const
    {
        if (!m_form.empty())
            return {post(m_target, m_form, m_cookies.header()), m_form.contains("password=") ? "login" : "approve"};
        if (m_target.empty())
            return {get(m_begin, m_cookies.header()), m_is_known ? "authorize" : "first authorize"};
        return {get(m_target, m_cookies.header()), m_target.starts_with("/login") ? "login page" : "consent page"};
    }

    bool take(const Answer& answer)
    {
        m_cookies.take(answer);
        m_code.clear();
        if (answer.status == 200 && m_form.empty())
            return fill_in(answer);
        m_form.clear();
        const auto location = std::string(answer.header("Location"));
        if ((answer.status != 303 && answer.status != 302) || location.empty())
            return begin_anew(false);
        if (location.starts_with("/")) {
            m_target = location;
            return true;
        }
        if (location.starts_with(m_who.redirect_uri + "?"))
            m_code = between(location, "code=", "&");
        m_is_known = !m_code.empty();
        return begin_anew(!m_code.empty());
    }

    // The code that the last answer brought, or empty.
    const std::string& code() const { return m_code; }

private:
    bool fill_in(const Answer& answer)
    {
        const auto csrf = between(answer.body, "name=\"csrf_token\" value=\"", "\"");
        if (csrf.empty())
            return begin_anew(false);
        m_form = "csrf_token=" + encode(csrf);
        if (answer.body.contains("name=\"password\""))
            m_form += "&username=" + encode(m_who.username) + "&password=" + encode(m_who.password);
        else
            m_form += "&approval=1&remember=1";
        return true;
    }

    bool begin_anew(bool well)
    {
        m_target.clear();
        m_form.clear();
        return well;
    }

    const Identity& m_who;
    std::string m_begin;
    CookieJar m_cookies;
    bool m_is_known = false; // logged in, with a remembered consent
    std::string m_target; // where to go next; empty: to the beginning
    std::string m_form; // what to post there; empty: a GET
    std::string m_code;
};

// Authorizes again and again: with a live session and a remembered consent, or as a new browser each time.
class Authorize final : public Flow {
public:
    enum class As { one_browser, new_browser };

    Authorize(const Identity& who, As as) : m_browser(who), m_as(as) {}
    std::optional<Step> next() override { return m_browser.next(); }
    bool take(const Answer& answer) override
    {
        const bool well = m_browser.take(answer);
        const bool is_at_the_end = !m_browser.code().empty();
        if (!well || (m_as == As::new_browser && is_at_the_end))
            m_browser.forget_everything();
        return well;
    }
    std::string product() override { return m_browser.code(); }

private:
    Browser m_browser;
    As m_as;
};

// Asks for the login page, of one parked request if it has no address of its own, again and again.
class LoginPage final : public Flow {
public:
    explicit LoginPage(const Identity& who) : m_browser(who)
    {
        if (!who.endpoints.login_page.empty())
            m_page = Step{get(who.endpoints.login_page, ""), "login page"};
    }
    std::optional<Step> next() override { return m_page ? *m_page : m_browser.next(); }
    bool take(const Answer& answer) override
    {
        if (m_page)
            return answer.status == 200;
        const bool well = m_browser.take(answer);
        if (const auto step = m_browser.next(); well && step.operation == "login page")
            m_page = step;
        return well;
    }

private:
    Browser m_browser;
    std::optional<Step> m_page;
};

std::string redeem(const std::string& code, const Identity& who)
{
    return post(who.endpoints.token,
                "grant_type=authorization_code&code=" + code + "&redirect_uri=" + encode(who.redirect_uri), basic(who));
}

// Redeems the codes of the stock.
class Redeem final : public Flow {
public:
    Redeem(const Identity& who, Stock& codes) : m_who(who), m_codes(codes) {}
    std::optional<Step> next() override
    {
        if (m_codes.is_empty())
            return std::nullopt;
        return Step{redeem(m_codes.take(), m_who), "redeem"};
    }
    bool take(const Answer& answer) override
    {
        return answer.status == 200 && !token_of(answer, "access_token").empty()
               && !token_of(answer, "refresh_token").empty();
    }

private:
    const Identity& m_who;
    Stock& m_codes;
};

// Gets a code, redeems it, and refreshes for as long as it works; with `once`, only redeems and starts again.
class Refresh final : public Flow {
public:
    enum class After { refresh, begin_anew };

    Refresh(const Identity& who, After after) : m_who(who), m_browser(who), m_basic(basic(who)), m_after(after) {}

    std::optional<Step> next() override
    {
        if (!m_refresh_token.empty())
            return Step{
                post(m_who.endpoints.token, "grant_type=refresh_token&refresh_token=" + m_refresh_token, m_basic),
                "refresh"};
        if (!m_code.empty())
            return Step{redeem(m_code, m_who), "redeem"};
        return m_browser.next();
    }

    bool take(const Answer& answer) override
    {
        if (m_refresh_token.empty() && m_code.empty()) {
            const bool well = m_browser.take(answer);
            m_code = m_browser.code();
            return well;
        }
        m_code.clear();
        const auto used = std::exchange(m_refresh_token, token_of(answer, "refresh_token"));
        const bool well = answer.status == 200 && !token_of(answer, "access_token").empty() && !m_refresh_token.empty()
                          && m_refresh_token != used;
        if (!well || m_after == After::begin_anew)
            m_refresh_token.clear();
        return well;
    }

private:
    const Identity& m_who;
    Browser m_browser;
    std::string m_basic;
    After m_after;
    std::string m_code;
    std::string m_refresh_token;
};

// Gets a token and introspects it many times; then starts again.
class AboutToken : public Flow {
public:
    explicit AboutToken(const Identity& who) : m_issue(who) {}

    std::optional<Step> next() override
    {
        if (m_left == 0)
            return m_issue.next();
        return m_question;
    }

    bool take(const Answer& answer) override
    {
        if (m_left > 0) {
            --m_left;
            const bool well = is_well(answer);
            m_left = well ? m_left : 0;
            return well;
        }
        if (!m_issue.take(answer))
            return false;
        m_question = question(m_issue.product());
        m_left = uses_of_a_token;
        return true;
    }

protected:
    virtual Step question(const std::string& token) const = 0;
    virtual bool is_well(const Answer& answer) const = 0;

private:
    static constexpr int uses_of_a_token = 500; // quickly done, compared with its lifetime

    ClientCredentials m_issue;
    Step m_question;
    int m_left = 0;
};

class Introspect final : public AboutToken {
public:
    explicit Introspect(const Identity& who)
        : AboutToken(who),
          m_endpoint(who.endpoints.introspection),
          m_basic(basic(who))
    {
    }
    Step question(const std::string& token) const override
    {
        return {post(m_endpoint, "token=" + token + "&token_type_hint=access_token", m_basic), "introspect"};
    }
    bool is_well(const Answer& answer) const override
    {
        return answer.status == 200 && answer.body.contains("\"active\":true");
    }

private:
    std::string m_endpoint;
    std::string m_basic;
};

class Verify final : public AboutToken {
public:
    explicit Verify(const Identity& who) : AboutToken(who), m_resource(who.resource) {}
    Step question(const std::string& token) const override
    {
        return {get(m_resource, "Authorization: Bearer " + token + "\r\n"), "verify"};
    }
    bool is_well(const Answer& answer) const override { return answer.status / 100 == 2; }

private:
    std::string m_resource;
};

// Revokes the tokens of the stock.
class Revoke final : public Flow {
public:
    Revoke(const Identity& who, Stock& tokens)
        : m_endpoint(who.endpoints.revocation),
          m_basic(basic(who)),
          m_tokens(tokens)
    {
    }
    std::optional<Step> next() override
    {
        if (m_tokens.is_empty())
            return std::nullopt;
        return Step{post(m_endpoint, "token=" + m_tokens.take() + "&token_type_hint=access_token", m_basic), "revoke"};
    }
    bool take(const Answer& answer) override { return answer.status == 200; }

private:
    std::string m_endpoint;
    std::string m_basic;
    Stock& m_tokens;
};

class Metadata final : public Flow {
public:
    explicit Metadata(const Identity& who) : m_request(get(who.endpoints.metadata)) {}
    std::optional<Step> next() override { return Step{m_request, "metadata"}; }
    bool take(const Answer& answer) override { return answer.status == 200 && !answer.body.empty(); }

private:
    std::string m_request;
};

} // namespace

std::string Stock::take()
{
    auto item = std::move(m_items.back());
    m_items.pop_back();
    return item;
}

const std::vector<FlowKind>& flow_kinds()
{
    using Who = const Identity&;
    static const std::vector<FlowKind> kinds = {
        {"client_credentials", "a token for the client itself", "client_credentials",
         [](Who who, Stock&) { return std::make_unique<ClientCredentials>(who); }},
        {"authorize", "a code, with a live session and a remembered consent", "authorize",
         [](Who who, Stock&) { return std::make_unique<Authorize>(who, Authorize::As::one_browser); }},
        {"login", "a new browser each time: authorize, log in, a code", "login",
         [](Who who, Stock&) { return std::make_unique<Authorize>(who, Authorize::As::new_browser); }},
        {"login-page", "the login page", "login page",
         [](Who who, Stock&) { return std::make_unique<LoginPage>(who); }},
        {"redeem", "the codes of --use, redeemed", "redeem",
         [](Who who, Stock& codes) { return std::make_unique<Redeem>(who, codes); }},
        {"redeem-fresh", "a code, and its redemption", "redeem",
         [](Who who, Stock&) { return std::make_unique<Refresh>(who, Refresh::After::begin_anew); }},
        {"refresh", "a chain of refreshes", "refresh",
         [](Who who, Stock&) { return std::make_unique<Refresh>(who, Refresh::After::refresh); }},
        {"introspect", "is this token active?", "introspect",
         [](Who who, Stock&) { return std::make_unique<Introspect>(who); }},
        {"verify", "a protected location with a token", "verify",
         [](Who who, Stock&) { return std::make_unique<Verify>(who); }},
        {"revoke", "the tokens of --use, revoked", "revoke",
         [](Who who, Stock& tokens) { return std::make_unique<Revoke>(who, tokens); }},
        {"metadata", "the metadata document", "metadata",
         [](Who who, Stock&) { return std::make_unique<Metadata>(who); }},
    };
    return kinds;
}

} // namespace stile::load
