// FastCGI requests and responses as the HTTP values that handlers use.
//
// FastCGI has no authentication: a program that can connect to a function's socket can set every parameter. So the
// sockets are nginx's alone (group stile-web), and a parameter gives authority only as this table says.
//
//   set by                      | parameters                                          | what they can do
//   --------------------------- | --------------------------------------------------- | -------------------------------------
//   the client, by way of nginx | REQUEST_METHOD QUERY_STRING CONTENT_TYPE             | nothing without a proof in them: a
//                               | CONTENT_LENGTH HTTP_COOKIE HTTP_AUTHORIZATION        | secret, a token, a cookie, a form's
//                               | HTTP_ACCEPT_LANGUAGE                                 | token
//   the client's header names   | HTTP_X_STILE_…, at verify only                       | the request is refused
//   nginx itself                | REMOTE_ADDR REQUEST_ID                               | whose attempts are counted; a name in
//                               |                                                     | the log
//   nginx's location            | DOCUMENT_URI STILE_ENDPOINTS                         | which document is shown and what it
//                               |                                                     | lists
//   nginx's location of an API  | STILE_SCOPE STILE_AUDIENCE                           | demand more of a token at verify; a
//                               |                                                     | further audience of signed tokens
//   nginx's location of an API  | X-Stile-Subject X-Stile-Client                       | whom the demo greets; no other function
//                               |                                                     | reads them
//   nginx, with a proof         | STILE_LOGIN_PROGRAM_SECRET, beside DOCUMENT_URI      | log in any user, if it is the secret of
//                               |                                                     | the setting of the same name
//
// A header of a client always comes as HTTP_…, so it is never one of the others. Of two parameters of the same name the
// first counts: nginx writes those of its configuration before those of headers.
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
