// What browsers get: pages under their security headers, and redirects. Only functions with pages link the template
// engine; respond.h has what all answers share.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"
#include "shared/oauth/error.h"
#include "shared/oauth/redirect_uri.h"
#include "shared/pages/engine.h"

#include <string_view>

namespace stile {

// Who reads the page, in which language: the first that the application asks for, if it does (ui_locales, OpenID Connect
// Core §3.1.2.1), else the best that the browser asks for (Accept-Language).
class Reader {
public:
    Reader(const Request& request, const Context& context)
        : m_request(request),
          m_templates(*context.templates),
          m_language(&m_templates.choose("", request.accept_language))
    {
    }

    // Once it is known what the application asks for.
    void prefer(std::string_view ui_locales)
    {
        m_language = &m_templates.choose(ui_locales, m_request.accept_language);
    }

    const Language& language() const { return *m_language; }
    const Texts& texts() const { return m_language->texts(); }

private:
    const Request& m_request;
    const Templates& m_templates;
    const Language* m_language;
};

// A page of this server under its security headers. `destination` is where the form on it may lead in the end; one
// without a scheme: nowhere else.
Response page(int status, std::string_view name, const PageFields& fields, const Reader& reader, const Context& context,
              const RedirectDestination* destination = nullptr);

// A page that says what went wrong, for errors that must not be redirected (RFC 6749 §4.1.2.1, §10.15).
struct Message {
    std::string_view title; // the keys of its texts
    std::string_view text;
};
Response error_page(const OAuthError& error, const Message& message, const Reader& reader, const Request& request,
                    Context& context);

// The page of a Redis that is away: 503 with Retry-After. Any other error is shown under `otherwise`.
Response failure_page(const OAuthError& error, const Message& otherwise, const Reader& reader, const Request& request,
                      Context& context);

// 405 with Allow.
Response page_method_not_allowed(std::string_view allow, const Reader& reader, const Request& request,
                                 Context& context);

// 303 to one of our own pages (RFC 9700 §4.12: never 307 after credentials). `path` begins with '/'.
Response redirect_within(std::string_view path, const Context& context);

// 303 to the client, with `state` (OpenID Connect RP-Initiated Logout §3).
Response redirect_after_logout(const RedirectTarget& target, std::string_view state);

// Where the answer to an authorization request goes, and how.
struct Recipient {
    const RedirectTarget& target;
    std::string_view client_name;
    std::string_view state; // as it was sent
    ResponseMode mode;
};

// To the client, with state, code, scope and iss (RFC 6749 §4.1.2, RFC 9207 §2): by a 303, or by a page whose form posts
// them (OAuth 2.0 Form Post Response Mode §2).
Response answer_with_code(const Recipient& recipient, const Scope& scope, const SplitToken& code, const Reader& reader,
                          const Context& context);

// The same with error, state, error_description and iss (RFC 6749 §4.1.2.1, RFC 9207 §2).
Response answer_with_error(const Recipient& recipient, const OAuthError& error, const Reader& reader,
                           const Request& request, Context& context);

} // namespace stile
