#include "shared/fastcgi/request.h"

#include "shared/base/text.h"
#include "shared/fastcgi/pairs.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stile {

namespace {

struct Parameter {
    std::string_view name;
    std::string Request::* member;
};

constexpr std::array parameters = {
    Parameter{"REQUEST_METHOD", &Request::method},
    Parameter{"QUERY_STRING", &Request::query},
    Parameter{"CONTENT_TYPE", &Request::content_type},
    Parameter{"HTTP_COOKIE", &Request::cookie},
    Parameter{"REMOTE_ADDR", &Request::remote_address},
    Parameter{"HTTP_ACCEPT_LANGUAGE", &Request::accept_language},
    Parameter{"STILE_SCOPE", &Request::required_scope},
    Parameter{"STILE_AUDIENCE", &Request::audience},
    Parameter{"DOCUMENT_URI", &Request::path},
    Parameter{"X-Stile-Subject", &Request::subject},
    Parameter{"X-Stile-Client", &Request::client},
    Parameter{"STILE_ENDPOINTS", &Request::endpoints},
    Parameter{"REQUEST_ID", &Request::request_id},
    Parameter{"STILE_LOGIN_PROGRAM_SECRET", &Request::login_program_secret},
};

// Whether the parameter is a client's header X-Stile-… . An upstream may take another character for the dash
// (underscores_in_headers, ignore_invalid_headers).
bool is_identity_header(std::string_view name)
{
    constexpr std::string_view before = "HTTP_X";
    return name.starts_with(before) && name.substr(std::min(before.size() + 1, name.size())).starts_with("STILE");
}

// The parameters as members of the request; false if they are malformed. The first of two counts.
bool read_parameters(std::string_view params, Request& request)
{
    std::array<bool, parameters.size()> was_taken{};
    while (!params.empty()) {
        const auto pair = cut_pair(params);
        if (!pair)
            return false;
        const auto value = up_to_nul(pair->value);
        for (std::size_t i = 0; i < parameters.size(); ++i)
            if (parameters.at(i).name == pair->name && !std::exchange(was_taken.at(i), true))
                request.*parameters.at(i).member = value;
        if (pair->name == "HTTP_AUTHORIZATION" && !request.authorization)
            request.authorization = std::string(value);
        request.claims_identity |= is_identity_header(pair->name);
    }
    // nginx sends it empty if the client sent none.
    if (request.authorization && request.authorization->empty())
        request.authorization.reset();
    return true;
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
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 429: return "Too Many Requests";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "";
    }
}

// At least the size of the CGI text, so that it is written without being moved.
std::size_t size_as_cgi(const Response& response, std::string_view request_id)
{
    std::size_t size = 128 + request_id.size() + response.body.size();
    for (const auto& [name, value] : response.headers)
        size += name.size() + value.size() + 4;
    return size;
}

} // namespace

std::optional<Request> to_request(ReceivedRequest&& received)
{
    Request request;
    if (!read_parameters(received.params, request))
        return std::nullopt;
    request.body_is_too_large = received.body_is_too_large;
    // FastCGI 1.0 §6.2: what is shorter than announced must not be processed.
    if (!request.body_is_too_large && received.body.size() < announced_length(received.params))
        return std::nullopt;
    request.body = std::move(received.body);
    return request;
}

std::string request_id_of(const ReceivedRequest& received)
{
    return std::string(value_of(received.params, "REQUEST_ID"));
}

std::string to_cgi(const Response& response, std::string_view request_id)
{
    std::string text;
    text.reserve(size_as_cgi(response, request_id));
    text.append("Status: ").append(std::to_string(response.status)).append(" ");
    text.append(reason_phrase(response.status)).append("\r\nContent-Length: ");
    text.append(std::to_string(response.body.size())).append("\r\n");
    // A user can report this id, and the operator finds it in the log.
    if (!request_id.empty() && is_header_text(request_id))
        text.append("X-Request-Id: ").append(request_id).append("\r\n");
    for (const auto& [name, value] : response.headers)
        if (is_header_text(name) && is_header_text(value))
            text.append(name).append(": ").append(value).append("\r\n");
    return text.append("\r\n").append(response.body);
}

} // namespace stile
