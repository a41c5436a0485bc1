#include "functions/demo/client/answer.h"

#include "shared/http/cookie.h"

namespace stile::demo {

namespace {

constexpr std::string_view cookie_name = "stile_demo";

Response response_of(int status)
{
    Response response;
    response.status = status;
    response.add_header("Cache-Control", "no-store"); // the pages show personal data
    response.add_header("Pragma", "no-cache");
    response.add_header("X-Content-Type-Options", "nosniff");
    response.add_header("Referrer-Policy", "no-referrer"); // RFC 9700 §4.2.4: the URL of the callback contains a code
    return response;
}

void show_detail(PageFields& fields, const Failure& failure)
{
    if (failure.error.empty() && failure.description.empty())
        return;
    PageFields detail;
    detail.set("ERROR", failure.error);
    detail.set("ERROR_DESCRIPTION", failure.description);
    fields.show("DETAIL", std::move(detail));
}

} // namespace

Response page(int status, std::string_view name, const PageFields& fields, const Demo& demo)
{
    auto response = response_of(status);
    response.add_header("Content-Type", "text/html; charset=utf-8");
    response.add_header("Content-Language", "en");
    response.add_header("Content-Security-Policy",
                        "default-src 'none'; style-src 'sha256-" + demo.templates.stylesheet_sha256()
                            + "'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
    response.add_header("X-Frame-Options", "DENY"); // RFC 9700 §4.16
    response.body = demo.templates.choose("", "").render(name, fields);
    return response;
}

Response see_other(std::string location)
{
    auto response = response_of(303);
    response.add_header("Location", std::move(location));
    return response;
}

Response failure_page(const Failure& failure, const Request& request, const Demo& demo)
{
    const auto& message = failure.problem;
    demo.log.info("refused", {{"title", message.title},
                              {"error", failure.error},
                              {"description", failure.description},
                              {"address", request.remote_address},
                              {"request_id", request.request_id}});
    PageFields fields;
    fields.set("TITLE", std::string(message.title));
    fields.set("TEXT", std::string(message.text));
    fields.set("BEGIN", demo.settings.base + "/begin");
    show_detail(fields, failure);
    auto response = page(message.status, "demo_message", fields, demo);
    if (message.status == 503)
        response.add_header("Retry-After", "1");
    return response;
}

std::string_view cookie_of(const Request& request)
{
    for (const auto& [name, value] : parse_cookies(request.cookie))
        if (name == cookie_name)
            return value;
    return {};
}

std::string set_cookie(std::string_view value, const Settings& settings)
{
    std::string header(cookie_name);
    header.append("=").append(value).append("; Path=/demo/; HttpOnly; SameSite=Lax");
    if (value.empty())
        header += "; Max-Age=0";
    if (settings.is_https())
        header += "; Secure";
    return header;
}

} // namespace stile::demo
