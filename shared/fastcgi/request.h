// FastCGI requests and responses, read and written with libfcgi, as the HTTP values that handlers use.
#pragma once

#include "shared/http/request.h"
#include "shared/http/response.h"

#include <optional>
#include <string>

struct FCGX_Request;

namespace stile {

// Reads an accepted request. Returns nothing if the connection ended before the announced length of the body. A body
// over max_body_size is not read; body_is_too_large tells so.
std::optional<Request> read_request(FCGX_Request& from);

// The id that nginx gave the request; empty if it gave none. Can be asked even if read_request() failed.
std::string request_id_of(const FCGX_Request& request);

// Writes the response, with `request_id` as X-Request-Id. Leaves out headers that contain CR, LF or NUL.
void write_response(const Response& response, const std::string& request_id, FCGX_Request& to);

} // namespace stile
