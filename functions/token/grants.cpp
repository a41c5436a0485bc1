#include "functions/token/grants.h"

namespace stile::token {

Result<Scope> requested_scope(const std::optional<std::string>& scope, const Client& client)
{
    if (!scope)
        return client.scope;
    auto parsed = TRY(Scope::parse(*scope));
    if (!client.scope.contains(parsed))
        return fail(ErrorCode::invalid_scope, "scope exceeds what the client registered");
    return parsed;
}

bool may_refresh(const Client& client, const Context& context)
{
    return client.may_use("refresh_token") && context.settings.offers("refresh_token");
}

TokenResponse token_response(const Issued& issued, const TokenPair& pair)
{
    TokenResponse response;
    response.access_token = pair.access.whole();
    response.expires_in = issued.access_lifetime;
    if (pair.refresh) {
        response.refresh_token = pair.refresh->whole();
        response.refresh_token_expires_in = issued.refresh_lifetime;
    }
    response.scope = issued.scope;
    return response;
}

} // namespace stile::token
