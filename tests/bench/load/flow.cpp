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
        : m_request(post("/oauth/token", "grant_type=client_credentials", basic(who)))
    {
    }
    Step next() override { return {m_request, "client_credentials"}; }
    bool take(const Answer& answer) override { return answer.status == 200; }

private:
    std::string m_request;
};

// A browser that follows redirects and fills in the forms that it is shown, until it is sent to the client with a code.
class Browser {
public:
    explicit Browser(const Identity& who)
        : m_who(who),
          m_begin("/oauth/authorize?response_type=code&state=somestate&client_id=" + encode(who.client_id)
                  + "&redirect_uri=" + encode(who.redirect_uri) + "&scope=" + encode(who.scope))
    {
    }

    void forget_everything() { m_cookies.clear(); }

    Step next()
    {
        if (m_form.empty())
            return {get(m_target.empty() ? m_begin : m_target, m_cookies.header()),
                    m_target.empty() ? "authorize" : std::string_view()};
        return {post(m_target, m_form, m_cookies.header()), m_form.contains("password=") ? "login" : "approve"};
    }

    bool take(const Answer& answer)
    {
        m_cookies.take(answer);
        if (answer.status == 200 && m_form.empty())
            return fill_in(answer);
        m_form.clear();
        const auto location = std::string(answer.header("Location"));
        if (answer.status != 303 || location.empty())
            return begin_anew(false);
        if (location.starts_with("/")) {
            m_target = location;
            return true;
        }
        m_code = between(location, "code=", "&");
        return begin_anew(!m_code.empty());
    }

    // The code that the last answer brought, or empty.
    const std::string& code() const { return m_code; }
    void use_code() { m_code.clear(); }

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
    std::string m_target; // where to go next; empty: to the beginning
    std::string m_form; // what to post there; empty: a GET
    std::string m_code;
};

// Authorizes again and again, with a live session and a remembered consent or, with `afresh`, as a new browser.
class Authorize final : public Flow {
public:
    Authorize(const Identity& who, bool afresh) : m_browser(who), m_afresh(afresh) {}
    Step next() override { return m_browser.next(); }
    bool take(const Answer& answer) override
    {
        const bool well = m_browser.take(answer);
        if (!well || (m_afresh && !m_browser.code().empty()))
            m_browser.forget_everything();
        m_browser.use_code();
        return well;
    }

private:
    Browser m_browser;
    bool m_afresh;
};

// Gets a code and redeems it; with `refreshes`, then refreshes for as long as it works.
class Redeem final : public Flow {
public:
    Redeem(const Identity& who, bool refreshes)
        : m_browser(who),
          m_basic(basic(who)),
          m_redirect("&redirect_uri=" + encode(who.redirect_uri)),
          m_refreshes(refreshes)
    {
    }

    Step next() override
    {
        if (!m_refresh_token.empty())
            return {post("/oauth/token", "grant_type=refresh_token&refresh_token=" + m_refresh_token, m_basic),
                    "refresh"};
        if (!m_browser.code().empty())
            return {
                post("/oauth/token", "grant_type=authorization_code&code=" + m_browser.code() + m_redirect, m_basic),
                "redeem"};
        return m_browser.next();
    }

    bool take(const Answer& answer) override
    {
        const bool is_token_answer = !m_refresh_token.empty() || !m_browser.code().empty();
        if (!is_token_answer)
            return m_browser.take(answer);
        m_browser.use_code();
        const auto refresh_token = token_of(answer, "refresh_token");
        const bool well = answer.status == 200 && !refresh_token.empty();
        m_refresh_token = m_refreshes && well ? refresh_token : std::string();
        return well;
    }

private:
    Browser m_browser;
    std::string m_basic;
    std::string m_redirect;
    bool m_refreshes;
    std::string m_refresh_token;
};

// Has a token issued and asks for it with `ask`, `times` times; then begins anew.
class WithToken : public Flow {
public:
    WithToken(const Identity& who, int times)
        : m_issue(post("/oauth/token", "grant_type=client_credentials", basic(who))),
          m_times(times)
    {
    }

    Step next() override
    {
        if (m_left == 0)
            return {m_issue, {}};
        return {m_ask, operation()};
    }

    bool take(const Answer& answer) override
    {
        if (m_left == 0) {
            const auto token = token_of(answer, "access_token");
            if (answer.status != 200 || token.empty())
                return false;
            m_ask = ask(token);
            m_left = m_times;
            return true;
        }
        --m_left;
        const bool well = is_well(answer);
        if (!well)
            m_left = 0;
        return well;
    }

protected:
    virtual std::string ask(const std::string& token) const = 0;
    virtual std::string_view operation() const = 0;
    virtual bool is_well(const Answer& answer) const = 0;

private:
    std::string m_issue;
    std::string m_ask;
    int m_times;
    int m_left = 0;
};

constexpr int uses_of_a_token = 500; // well below what its lifetime allows

class Introspect final : public WithToken {
public:
    explicit Introspect(const Identity& who) : WithToken(who, uses_of_a_token), m_basic(basic(who)) {}
    std::string ask(const std::string& token) const override
    {
        return post("/oauth/introspect", "token=" + token, m_basic);
    }
    std::string_view operation() const override { return "introspect"; }
    bool is_well(const Answer& answer) const override
    {
        return answer.status == 200 && answer.body.starts_with("{\"active\":true");
    }

private:
    std::string m_basic;
};

class Revoke final : public WithToken {
public:
    explicit Revoke(const Identity& who) : WithToken(who, 1), m_basic(basic(who)) {}
    std::string ask(const std::string& token) const override
    {
        return post("/oauth/revoke", "token=" + token, m_basic);
    }
    std::string_view operation() const override { return "revoke"; }
    bool is_well(const Answer& answer) const override { return answer.status == 200; }

private:
    std::string m_basic;
};

class Verify final : public WithToken {
public:
    explicit Verify(const Identity& who) : WithToken(who, uses_of_a_token), m_resource(who.resource) {}
    std::string ask(const std::string& token) const override
    {
        return get(m_resource, "Authorization: Bearer " + token + "\r\n");
    }
    std::string_view operation() const override { return "verify"; }
    bool is_well(const Answer& answer) const override { return answer.status / 100 == 2; }

private:
    std::string m_resource;
};

class LoginPage final : public Flow {
public:
    explicit LoginPage(const Identity& who) : m_browser(who) {}
    Step next() override
    {
        if (!m_page.empty())
            return {m_page, "login page"};
        return m_browser.next();
    }
    bool take(const Answer& answer) override
    {
        if (!m_page.empty())
            return answer.status == 200;
        const bool well = m_browser.take(answer);
        const auto step = m_browser.next();
        if (well && step.operation.empty())
            m_page = step.bytes;
        return well;
    }

private:
    Browser m_browser;
    std::string m_page;
};

class Metadata final : public Flow {
public:
    Step next() override { return {get("/.well-known/oauth-authorization-server"), "metadata"}; }
    bool take(const Answer& answer) override { return answer.status == 200; }
};

} // namespace

const std::vector<FlowKind>& flow_kinds()
{
    using Who = const Identity&;
    static const std::vector<FlowKind> kinds = {
        {"client_credentials", "a token for the client itself",
         [](Who who) { return std::make_unique<ClientCredentials>(who); }},
        {"authorize", "a code, with a live session and a remembered consent",
         [](Who who) { return std::make_unique<Authorize>(who, false); }},
        {"login", "a new browser each time: authorize, log in, approve",
         [](Who who) { return std::make_unique<Authorize>(who, true); }},
        {"redeem", "authorize as above, and redeem the code",
         [](Who who) { return std::make_unique<Redeem>(who, false); }},
        {"refresh", "one login, then a chain of refreshes",
         [](Who who) { return std::make_unique<Redeem>(who, true); }},
        {"introspect", "is this token active?", [](Who who) { return std::make_unique<Introspect>(who); }},
        {"revoke", "a token for the client, and its end", [](Who who) { return std::make_unique<Revoke>(who); }},
        {"verify", "a protected location with a token", [](Who who) { return std::make_unique<Verify>(who); }},
        {"login-page", "the login page", [](Who who) { return std::make_unique<LoginPage>(who); }},
        {"metadata", "the metadata document", [](Who) { return std::make_unique<Metadata>(); }},
    };
    return kinds;
}

} // namespace stile::load
