#include "shared/endpoint/page.h"

#include "shared/endpoint/respond.h"

namespace stile {

namespace {

constexpr Message wrong_method = {"message.wrong_method.title", "message.wrong_method.text"};
constexpr Message unavailable = {"message.unavailable.title", "message.unavailable.text"};

Response see_other(std::string location)
{
    auto response = response_of(303); // RFC 9700 §4.12
    response.add_header("Location", std::move(location));
    return response;
}

// Chromium applies form-action to all redirects that follow a form: to the client's redirect URI, and to any page to
// which the client then redirects. So the policy allows https and the client's scheme, not only the client's host.
std::string form_action(const RedirectDestination* destination)
{
    if (destination == nullptr)
        return "'none'";
    if (destination->scheme.empty())
        return "'self'";
    const bool other = destination->scheme != "https";
    return "'self' https:" + (other ? " " + destination->scheme + ":" : "");
}

enum class Scripts { none, submits };

std::string script_source(Scripts scripts, const Context& context)
{
    return scripts == Scripts::none ? "" : "; script-src 'sha256-" + context.templates->submit_script_sha256() + "'";
}

// The policy allows the stylesheet and the script of the page by their digests, and nothing else (CSP Level 3
// §6.7.3.3).
Response page_with(Scripts scripts, int status, std::string_view name, const PageFields& fields, const Reader& reader,
                   const Context& context, const RedirectDestination* destination)
{
    auto response = response_of(status);
    response.add_header("Content-Type", "text/html; charset=utf-8");
    response.add_header("Content-Language", reader.texts().language());
    response.add_header("Vary", "Accept-Language");
    response.add_header("Content-Security-Policy",
                        "default-src 'none'; style-src 'sha256-" + context.templates->stylesheet_sha256() + "'"
                            + script_source(scripts, context) + "; form-action " + form_action(destination)
                            + "; frame-ancestors 'none'; base-uri 'none'");
    response.add_header("X-Frame-Options", "DENY"); // RFC 9700 §4.16
    response.body = reader.language().render(name, fields);
    return response;
}

} // namespace

Response page_method_not_allowed(std::string_view allow, const Reader& reader, const Request& request, Context& context)
{
    auto response = error_page({ErrorCode::invalid_request, "the request's method is not allowed here"}, wrong_method,
                               reader, request, context);
    response.status = 405;
    response.outcome = "method_not_allowed";
    response.add_header("Allow", std::string(allow));
    return response;
}

Response page(int status, std::string_view name, const PageFields& fields, const Reader& reader, const Context& context,
              const RedirectDestination* destination)
{
    return page_with(Scripts::none, status, name, fields, reader, context, destination);
}

Response self_submitting_page(std::string_view name, const PageFields& fields, const Reader& reader,
                              const Context& context, const RedirectDestination& destination)
{
    return page_with(Scripts::submits, 200, name, fields, reader, context, &destination);
}

Response error_page(const OAuthError& error, const Message& message, const Reader& reader, const Request& request,
                    Context& context)
{
    log_refusal(error, request, context);
    PageFields fields;
    fields.set("TITLE", reader.texts().fill(message.title));
    fields.set("TEXT", reader.texts().fill(message.text));
    PageFields detail;
    detail.set("ERROR", std::string(to_string(error.code)));
    detail.set("ERROR_DESCRIPTION", error.description);
    fields.show("DETAIL", std::move(detail));
    if (!request.request_id.empty()) {
        PageFields id;
        id.set("ID", request.request_id);
        fields.show("REQUEST_ID", std::move(id));
    }
    auto response = page(http_status(error.code), "message", fields, reader, context);
    response.outcome = to_string(error.code);
    return response;
}

Response failure_page(const OAuthError& error, const Message& otherwise, const Reader& reader, const Request& request,
                      Context& context)
{
    if (error.code != ErrorCode::temporarily_unavailable)
        return error_page(error, otherwise, reader, request, context);
    auto response = error_page(error, unavailable, reader, request, context);
    response.add_header("Retry-After", std::to_string(retry_after));
    return response;
}

Response redirect_within(std::string_view path, const Context& context)
{
    return see_other(context.settings.path + std::string(path));
}

Response redirect_to(const RedirectTarget& target,
                     const std::vector<std::pair<std::string_view, std::string_view>>& parameters)
{
    return see_other(target.with(parameters));
}

} // namespace stile
