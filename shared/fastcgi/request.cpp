#include "shared/fastcgi/request.h"

#include "shared/base/text.h"

#include <fcgiapp.h>

namespace stile {

namespace {

std::string parameter(const FCGX_Request& request, const char* name)
{
    const char* value = FCGX_GetParam(name, request.envp);
    return value != nullptr ? value : "";
}

// False if the connection ended before the announced length: a truncated body must not be taken for the whole one.
bool read_body(FCGX_Request& from, Request& to)
{
    const std::string announced = parameter(from, "CONTENT_LENGTH");
    const auto length = parse_number<std::size_t>(announced).value_or(0);
    to.body_is_too_large = length > max_body_size;
    if (to.body_is_too_large || length == 0)
        return true;
    to.body.resize(length);
    return FCGX_GetStr(to.body.data(), static_cast<int>(length), from.in) == static_cast<int>(length);
}

// Characters that would end a header line are refused, whatever value a handler sets.
bool is_header_text(std::string_view text)
{
    return all_of(text, [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
}

// RFC 9110 §15. nginx passes the phrase on, and HTTP/1.1 clients may show it.
std::string_view reason_phrase(int status)
{
    switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 303: return "See Other";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "";
    }
}

} // namespace

std::optional<Request> read_request(FCGX_Request& from)
{
    Request request;
    request.method = parameter(from, "REQUEST_METHOD");
    request.query = parameter(from, "QUERY_STRING");
    request.content_type = parameter(from, "CONTENT_TYPE");
    request.cookie = parameter(from, "HTTP_COOKIE");
    request.accept_language = parameter(from, "HTTP_ACCEPT_LANGUAGE");
    request.remote_address = parameter(from, "REMOTE_ADDR");
    request.required_scope = parameter(from, "STILE_SCOPE");
    request.audience = parameter(from, "STILE_AUDIENCE");
    request.path = parameter(from, "DOCUMENT_URI");
    request.subject = parameter(from, "X-Stile-Subject");
    request.endpoints = parameter(from, "STILE_ENDPOINTS");
    request.request_id = parameter(from, "REQUEST_ID");
    if (auto authorization = parameter(from, "HTTP_AUTHORIZATION"); !authorization.empty())
        request.authorization = std::move(authorization);
    if (!read_body(from, request))
        return std::nullopt;
    return request;
}

std::string request_id_of(const FCGX_Request& request)
{
    return parameter(request, "REQUEST_ID");
}

void write_response(const Response& response, const std::string& request_id, FCGX_Request& to)
{
    std::string text = "Status: " + std::to_string(response.status) + " ";
    text.append(reason_phrase(response.status)).append("\r\nContent-Length: ");
    text.append(std::to_string(response.body.size())).append("\r\n");
    // A user can report this id, and the operator finds it in the log.
    if (!request_id.empty() && is_header_text(request_id))
        text.append("X-Request-Id: ").append(request_id).append("\r\n");
    for (const auto& [name, value] : response.headers)
        if (is_header_text(name) && is_header_text(value))
            text.append(name).append(": ").append(value).append("\r\n");
    text.append("\r\n").append(response.body);
    FCGX_PutStr(text.data(), static_cast<int>(text.size()), to.out);
}

} // namespace stile
