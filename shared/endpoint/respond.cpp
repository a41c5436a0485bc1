#include "shared/endpoint/respond.h"

#include "shared/base/json.h"

namespace stile {

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
    response.outcome = must_wait ? "throttled" : to_string(error.code);
    if (error.code == ErrorCode::invalid_client) // RFC 6749 §5.2
        response.add_header("WWW-Authenticate", "Basic realm=\"stile\"");
    if (error.code == ErrorCode::temporarily_unavailable)
        response.add_header("Retry-After", std::to_string(must_wait ? error.wait : retry_after));
    return response;
}

Response json_method_not_allowed(std::string_view allow)
{
    auto response =
        json_response(405, json_object({{"error", std::string_view("invalid_request")},
                                        {"error_description", std::string_view("the method is not allowed here")}}));
    response.outcome = "method_not_allowed";
    response.add_header("Allow", std::string(allow));
    return response;
}

} // namespace stile
