#include "shared/endpoint/params.h"

#include "shared/base/text.h"

#include <algorithm>

namespace stile {

namespace {

Result<Form> parse(std::string_view text)
{
    auto form = parse_form(text);
    if (form)
        return form.take();
    if (form.error() == FormError::too_many_parameters)
        return fail(ErrorCode::invalid_request, "the request has too many parameters");
    return fail(ErrorCode::invalid_request, "the request has a malformed percent escape");
}

std::unexpected<OAuthError> refuse(const ParameterRule& rule, std::string_view why)
{
    return fail(ErrorCode::invalid_request, std::string(rule.name).append(" ").append(why));
}

} // namespace

Result<std::optional<std::string>> find_parameter(const Form& form, const ParameterRule& rule)
{
    const auto has_name = [&](const auto& pair) { return pair.first == rule.name; };
    const auto found = std::ranges::find_if(form, has_name);
    if (found != form.end() && std::find_if(std::next(found), form.end(), has_name) != form.end())
        return refuse(rule, "appears more than once"); // RFC 6749 §3.1, §3.2
    if (found == form.end() || found->second.empty()) {
        if (rule.presence == Presence::required)
            return refuse(rule, "is missing");
        return std::nullopt;
    }
    if (found->second.size() > rule.max_length)
        return refuse(rule, "is longer than " + std::to_string(rule.max_length) + " bytes");
    if (!all_of(found->second, rule.allows))
        return refuse(rule, "has a character that is not allowed there");
    return found->second;
}

Result<Form> query_parameters(const Request& request)
{
    return parse(request.query);
}

Result<Form> body_parameters(const Request& request)
{
    if (request.body_is_too_large)
        return fail(ErrorCode::invalid_request, "the request body is larger than 64 kB");
    const std::string_view type(request.content_type);
    auto media_type = type.substr(0, type.find(';'));
    while (media_type.ends_with(' '))
        media_type.remove_suffix(1);
    // RFC 6749 §3.2, appendix B
    if (!equals_ignoring_case(media_type, "application/x-www-form-urlencoded"))
        return fail(ErrorCode::invalid_request, "Content-Type must be application/x-www-form-urlencoded");
    return parse(request.body);
}

} // namespace stile
