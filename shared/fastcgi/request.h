// FastCGI requests and responses as the HTTP values that handlers use.
#pragma once

#include "shared/fastcgi/records.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

// The parameters and the body as a handler's input. Takes the body out of `received`. Nothing if the parameters are
// malformed or the body is shorter than CONTENT_LENGTH (a truncated body must not be taken for the whole one); then
// `received` is unchanged. The first of two parameters of the same name counts; a value ends at a NUL. A CONTENT_LENGTH
// that is no number announces no body.
std::optional<Request> to_request(ReceivedRequest&& received);

// The id that nginx gave the request; empty if it gave none. Can be asked before and after to_request(), and also if
// that gives nothing.
std::string request_id_of(const ReceivedRequest& received);

// The response as CGI text (RFC 3875 §6), with `request_id` as X-Request-Id. Leaves out headers that contain CR, LF or
// NUL.
std::string to_cgi(const Response& response, std::string_view request_id);

} // namespace stile
