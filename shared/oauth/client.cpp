#include "shared/oauth/client.h"

#include "shared/base/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace stile {

namespace {

constexpr std::array auth_methods = {
    std::pair{AuthMethod::any_secret, std::string_view("any_secret")},
    std::pair{AuthMethod::client_secret_basic, std::string_view("client_secret_basic")},
    std::pair{AuthMethod::client_secret_post, std::string_view("client_secret_post")},
    std::pair{AuthMethod::none, std::string_view("none")},
};

} // namespace

std::string_view to_string(AuthMethod method)
{
    return std::ranges::find(auth_methods, method, [](const auto& pair) { return pair.first; })->second;
}

std::optional<AuthMethod> parse_auth_method(std::string_view text)
{
    const auto found = std::ranges::find(auth_methods, text, [](const auto& pair) { return pair.second; });
    if (found == auth_methods.end())
        return std::nullopt;
    return found->first;
}

bool Client::may_use(std::string_view grant_type) const
{
    return std::ranges::find(grant_types, grant_type) != grant_types.end();
}

bool is_client_id(std::string_view text)
{
    return !text.empty() && text.size() <= 128
           && all_of(text, [](char c) { return is_base62(c) || std::string_view("._~-").contains(c); });
}

} // namespace stile
