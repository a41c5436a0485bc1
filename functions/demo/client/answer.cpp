#include "functions/demo/client/answer.h"

#include "shared/http/cookie.h"

#include <utility>

namespace stile::demo {

namespace {

constexpr std::string_view cookie = "stile_demo";

struct Message {
    int status;
    std::string_view title;
    std::string_view text;
};

constexpr Message message_for(Problem problem)
{
    switch (problem) {
    case Problem::malformed_request:
        return {400, "This request cannot be read", "No page of this application links to this address."};
    case Problem::forged_form:
        return {403, "This form is not valid any more", "It belongs to another browser or has expired."};
    case Problem::foreign_answer:
        return {400, "This response was not requested",
                "It does not belong to a login begun in this browser, or it was used before. You were not "
                "signed in."};
    case Problem::wrong_issuer:
        return {400, "This response comes from another provider",
                "This application accepts only the provider that it asked."};
    case Problem::denied:
        return {200, "You denied access", "This application received nothing. You can try again at any time."};
    case Problem::refused: return {400, "The provider refused", "The reason is below."};
    case Problem::ended:
        return {400, "The refresh token is no longer valid",
                "It has expired, or was used or revoked, so this application cannot renew its access. Sign in again."};
    case Problem::unreachable: return {503, "The provider does not answer", "Please try again in a moment."};
    case Problem::nonsense:
        return {503, "The provider's response is invalid", "It does not follow the OAuth standard."};
    }
    std::unreachable();
}

Response response_of(int status)
{
    Response response;
    response.status = status;
    response.add_header("Cache-Control", "no-store"); // the pages show a person's data
    response.add_header("Pragma", "no-cache");
    response.add_header("X-Content-Type-Options", "nosniff");
    response.add_header("Referrer-Policy", "no-referrer"); // RFC 9700 §4.2.4: the callback's URL has a code in it
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
    const auto message = message_for(failure.problem);
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

Response method_not_allowed(std::string_view allow, const Demo& demo)
{
    PageFields fields;
    fields.set("TITLE", "This request is not supported");
    fields.set("TEXT", "Go back to the demo.");
    fields.set("BEGIN", demo.settings.base + "/begin");
    auto response = page(405, "demo_message", fields, demo);
    response.add_header("Allow", std::string(allow)); // RFC 9110 §15.5.6
    return response;
}

std::string_view cookie_of(const Request& request)
{
    for (const auto& [name, value] : parse_cookies(request.cookie))
        if (name == cookie)
            return value;
    return {};
}

std::string set_cookie(std::string_view value, const Settings& settings)
{
    std::string header(cookie);
    header.append("=").append(value).append("; Path=/demo/; HttpOnly; SameSite=Lax");
    if (value.empty())
        header += "; Max-Age=0";
    if (settings.is_https())
        header += "; Secure";
    return header;
}

} // namespace stile::demo
