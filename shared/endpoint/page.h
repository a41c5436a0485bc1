// Responses for browsers: pages with their security headers, and redirects. Only functions with pages link the template
// engine. respond.h has what all responses share.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"
#include "shared/oauth/error.h"
#include "shared/oauth/redirect_uri.h"
#include "shared/pages/engine.h"

#include <string_view>
#include <utility>
#include <vector>

namespace stile {

// The reader of a page, with the language: the first available one of the request's ui_locales (OpenID Connect Core
// §3.1.2.1), otherwise the best match for the browser's Accept-Language.
class Reader {
public:
    Reader(const Request& request, const Context& context)
        : m_request(request),
          m_templates(*context.templates),
          m_language(&m_templates.choose("", request.accept_language))
    {
    }

    // Call it when ui_locales is known.
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

// A page with its security headers. `destination`: where the redirects after its form may end; without a scheme: only
// at this server; null: the page has no form.
Response page(int status, std::string_view name, const PageFields& fields, const Reader& reader, const Context& context,
              const RedirectDestination* destination = nullptr);

// A page with status 200 whose form a script submits. Its content security policy allows that script, by its digest.
Response self_submitting_page(std::string_view name, const PageFields& fields, const Reader& reader,
                              const Context& context, const RedirectDestination& destination);

// A page that shows an error, for errors that must not be redirected (RFC 6749 §4.1.2.1, §10.15).
struct Message {
    std::string_view title; // the keys of its texts
    std::string_view text;
};
Response error_page(const OAuthError& error, const Message& message, const Reader& reader, const Request& request,
                    Context& context);

// An error page: 503 with Retry-After and its own message if Redis is unavailable; otherwise with `otherwise`.
Response failure_page(const OAuthError& error, const Message& otherwise, const Reader& reader, const Request& request,
                      Context& context);

// 405 with Allow.
Response page_method_not_allowed(std::string_view allow, const Reader& reader, const Request& request,
                                 Context& context);

// 303 to one of our own pages (RFC 9700 §4.12: never 307 after credentials). `path` begins with '/'.
Response redirect_within(std::string_view path, const Context& context);

// 303 to the client, with these parameters in the query; empty ones are left out.
Response redirect_to(const RedirectTarget& target,
                     const std::vector<std::pair<std::string_view, std::string_view>>& parameters);

} // namespace stile
