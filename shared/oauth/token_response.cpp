#include "shared/oauth/token_response.h"

#include "shared/base/json.h"

namespace stile {

std::string to_json(const TokenResponse& response)
{
    JsonMembers members = {{"expires_in", response.expires_in}};
    if (response.refresh_token)
        members.emplace_back("refresh_token_expires_in", response.refresh_token_expires_in);
    members.emplace_back("access_token", response.access_token.reveal());
    if (response.refresh_token)
        members.emplace_back("refresh_token", response.refresh_token->reveal());
    if (response.id_token)
        members.emplace_back("id_token", response.id_token->reveal());
    if (!response.scope.empty())
        members.emplace_back("scope", std::string_view(response.scope));
    members.emplace_back("token_type", std::string_view("Bearer"));
    return json_object(members);
}

} // namespace stile
