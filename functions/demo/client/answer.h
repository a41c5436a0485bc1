// The border of the demo: pages, redirects and failures become responses here, under the headers of Stile's own pages.
#pragma once

#include "functions/demo/client/demo.h"
#include "functions/demo/client/failure.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <string>
#include <string_view>

namespace stile::demo {

Response page(int status, std::string_view name, const PageFields& fields, const Demo& demo);

// 303, so that a form is not sent on (RFC 9700 §4.12).
Response see_other(std::string location);

// Says what went wrong and what to do, and logs it: here, once, and nowhere else.
Response failure_page(const Failure& failure, const Request& request, const Demo& demo);

Response method_not_allowed(std::string_view allow, const Demo& demo);

// The cookie that binds a browser (RFC 6265 §4.1.2); without a value it is forgotten.
std::string_view cookie_of(const Request& request);
std::string set_cookie(std::string_view value, const Settings& settings);

} // namespace stile::demo
