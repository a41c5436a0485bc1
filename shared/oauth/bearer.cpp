#include "shared/oauth/bearer.h"

#include "shared/base/text.h"

namespace stile {

namespace {

constexpr std::string_view scheme = "Bearer ";

} // namespace

std::optional<std::string_view> bearer_token(std::string_view authorization)
{
    if (!equals_ignoring_case(authorization.substr(0, scheme.size()), scheme))
        return std::nullopt;
    return authorization.substr(scheme.size());
}

std::string bearer_challenge(std::string_view error, std::string_view scope)
{
    std::string challenge = "Bearer realm=\"stile\"";
    if (!error.empty())
        challenge.append(", error=\"").append(error).append("\"");
    if (!scope.empty())
        challenge.append(", scope=\"").append(scope).append("\"");
    return challenge;
}

} // namespace stile
