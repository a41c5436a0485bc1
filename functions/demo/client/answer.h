// The responses of the demo client: pages, redirects and failures, with the security headers of Stile's own pages.
#pragma once

#include "functions/demo/client/demo.h"
#include "functions/demo/client/failure.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <string>
#include <string_view>

namespace stile::demo {

Response page(int status, std::string_view name, const PageFields& fields, const Demo& demo);

// 303: the browser does not send a form to the new location (RFC 9700 §4.12).
Response see_other(std::string location);

// The page that explains the failure. Logs it; no other function does.
Response failure_page(const Failure& failure, const Request& request, const Demo& demo);

// The cookie that names the browser (RFC 6265 §4.1.2), and its Set-Cookie header; an empty value deletes it.
std::string_view cookie_of(const Request& request);
std::string set_cookie(std::string_view value, const Settings& settings);

} // namespace stile::demo
