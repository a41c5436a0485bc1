#include "shared/http/basic_auth.h"

#include "shared/base/text.h"
#include "shared/crypto/base64.h"
#include "shared/http/form.h"

namespace stile {

namespace {

constexpr std::string_view scheme = "Basic ";

} // namespace

bool is_basic(std::string_view authorization)
{
    return equals_ignoring_case(authorization.substr(0, scheme.size()), scheme);
}

std::optional<BasicCredentials> parse_basic(std::string_view authorization)
{
    if (!is_basic(authorization))
        return std::nullopt;
    const auto pair = base64_decode(authorization.substr(scheme.size()));
    if (!pair)
        return std::nullopt;
    const auto colon = pair->find(':');
    if (colon == std::string::npos)
        return std::nullopt;
    auto id = decode_form_value(std::string_view(*pair).substr(0, colon));
    auto secret = decode_form_value(std::string_view(*pair).substr(colon + 1));
    if (!id || !secret)
        return std::nullopt;
    return BasicCredentials{id.take(), Secret(secret.take())};
}

} // namespace stile
