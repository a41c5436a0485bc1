#include "shared/endpoint/respond.h"

#include "shared/http/json.h"

namespace stile {

namespace {

constexpr std::string_view retry_after = "1"; // seconds

void log_refusal(const OAuthError& error, const Request& request, const Context& context)
{
    if (error.is_audited)
        return;
    const auto write = error.code == ErrorCode::temporarily_unavailable ? &Log::warning : &Log::info;
    (context.log.*write)("refused", {{"error", to_string(error.code)},
                                     {"description", error.description},
                                     {"detail", error.detail},
                                     {"address", request.remote_address},
                                     {"request_id", request.request_id}});
}

// What every answer of Stile carries: nothing of it is cached, sniffed or told to other sites.
Response response_of(int status)
{
    Response response;
    response.status = status;
    response.add_header("Cache-Control", "no-store"); // RFC 6749 §5.1
    response.add_header("Pragma", "no-cache");
    response.add_header("X-Content-Type-Options", "nosniff");
    response.add_header("Referrer-Policy", "no-referrer"); // RFC 9700 §4.2.4
    return response;
}

Response see_other(std::string location)
{
    auto response = response_of(303); // RFC 9700 §4.12
    response.add_header("Location", std::move(location));
    return response;
}

// Chromium applies form-action to the whole chain of redirects behind a form, through the client's redirect URI and
// wherever the client then sends its user. So the client's scheme and https must be open, not just the client's host.
std::string form_action(const RedirectDestination* destination)
{
    if (destination == nullptr)
        return "'none'";
    const bool other = !destination->scheme.empty() && destination->scheme != "https";
    return "'self' https:" + (other ? " " + destination->scheme + ":" : "");
}

} // namespace

Response json_response(int status, std::string body)
{
    auto response = response_of(status);
    response.add_header("Content-Type", "application/json");
    response.body = std::move(body);
    return response;
}

Response public_document(std::string body, Seconds lifetime)
{
    Response response;
    response.add_header("Cache-Control", "public, max-age=" + std::to_string(lifetime));
    response.add_header("X-Content-Type-Options", "nosniff");
    response.add_header("Content-Type", "application/json");
    allow_any_origin(response);
    response.body = std::move(body);
    return response;
}

void allow_any_origin(Response& response)
{
    response.add_header("Access-Control-Allow-Origin", "*"); // Fetch §3.2: and therefore never with credentials
}

Response json_error(const OAuthError& error, const Request& request, Context& context)
{
    log_refusal(error, request, context);
    const bool must_wait = error.wait > 0;
    auto response = json_response(
        must_wait ? 429 : http_status(error.code), // RFC 6585 §4
        json_object({{"error", to_string(error.code)}, {"error_description", std::string_view(error.description)}}));
    if (error.code == ErrorCode::invalid_client) // RFC 6749 §5.2
        response.add_header("WWW-Authenticate", "Basic realm=\"stile\"");
    if (error.code == ErrorCode::temporarily_unavailable)
        response.add_header("Retry-After", must_wait ? std::to_string(error.wait) : std::string(retry_after));
    return response;
}

Response json_method_not_allowed(std::string_view allow)
{
    auto response =
        json_response(405, json_object({{"error", std::string_view("invalid_request")},
                                        {"error_description", std::string_view("the method is not allowed here")}}));
    response.add_header("Allow", std::string(allow));
    return response;
}

Response page_method_not_allowed(std::string_view allow, const Request& request, Context& context)
{
    auto response = error_page({ErrorCode::invalid_request, "the request's method is not allowed here"},
                               {"This address does not work that way", "Go back to the application and begin again."},
                               request, context);
    response.status = 405;
    response.add_header("Allow", std::string(allow));
    return response;
}

Response page(int status, std::string_view name, const PageFields& fields, const Context& context,
              const RedirectDestination* destination)
{
    auto response = response_of(status);
    response.add_header("Content-Type", "text/html; charset=utf-8");
    response.add_header("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"
                                                       + context.templates->stylesheet_sha256() + "'; form-action "
                                                       + form_action(destination)
                                                       + "; frame-ancestors 'none'; base-uri 'none'");
    response.add_header("X-Frame-Options", "DENY"); // RFC 9700 §4.16
    response.body = context.templates->render(name, fields);
    return response;
}

Response error_page(const OAuthError& error, const Message& message, const Request& request, Context& context)
{
    log_refusal(error, request, context);
    PageFields fields;
    fields.set("TITLE", std::string(message.title));
    fields.set("TEXT", std::string(message.text));
    PageFields detail;
    detail.set("ERROR", std::string(to_string(error.code)));
    detail.set("ERROR_DESCRIPTION", error.description);
    fields.show("DETAIL", std::move(detail));
    if (!request.request_id.empty()) {
        PageFields id;
        id.set("ID", request.request_id);
        fields.show("REQUEST_ID", std::move(id));
    }
    return page(http_status(error.code), "message", fields, context);
}

Response failure_page(const OAuthError& error, const Message& otherwise, const Request& request, Context& context)
{
    if (error.code != ErrorCode::temporarily_unavailable)
        return error_page(error, otherwise, request, context);
    auto response =
        error_page(error,
                   {"Please try again in a moment",
                    "The login service cannot reach its storage right now. Nothing is lost: reload this page."},
                   request, context);
    response.add_header("Retry-After", std::string(retry_after));
    return response;
}

Response redirect_within(std::string_view path, const Context& context)
{
    return see_other(context.settings.path + std::string(path));
}

Response redirect_with_code(const RedirectTarget& target, const AuthorizationRequest& request, const SplitToken& code,
                            const Context& context)
{
    const auto whole = code.whole();
    const auto scope = request.scope.to_string();
    return see_other(target.with(
        {{"state", request.state}, {"code", whole.reveal()}, {"scope", scope}, {"iss", context.settings.issuer}}));
}

Response redirect_with_error(const RedirectTarget& target, const OAuthError& error, std::string_view state,
                             const Request& request, Context& context)
{
    log_refusal(error, request, context);
    return see_other(target.with({{"error", to_string(error.code)},
                                  {"state", state},
                                  {"error_description", error.description},
                                  {"iss", context.settings.issuer}}));
}

} // namespace stile
