// grant_type=client_credentials (RFC 6749 §4.4): a client acting for itself. No refresh token (§4.4.3).
#include "functions/token/grants.h"
#include "shared/endpoint/params.h"

namespace stile::token {

namespace {

constexpr ParameterRule scope_rule = {"scope", Presence::optional, 2048, any_vschar};

} // namespace

Result<TokenResponse> client_credentials(const Form& form, const AuthenticatedClient& client, Context& context)
{
    // Parse.
    const auto requested = TRY(find_parameter(form, scope_rule));

    // Validate: only a client that has proved who it is may act for itself (RFC 6749 §4.4.2).
    if (client->is_public())
        return fail(ErrorCode::unauthorized_client, "a public client may not use client_credentials");
    auto scope = client->scope; // RFC 6749 §3.3: the default is what the client registered
    if (requested)
        scope = TRY(Scope::parse(*requested));
    if (!client->scope.contains(scope))
        return fail(ErrorCode::invalid_scope, "scope exceeds what the client registered");

    // Issue.
    const auto pair = TokenPair::mint(context.random.base62(grant_id_length), false, context.random);
    TRY(context.grants.issue_for_client(pair.access, client->id, scope.to_string(), context.clock.now(),
                                        context.settings.lifetimes));

    // Answer.
    return token_response({context.settings.lifetimes.access_token, 0, scope.to_string(), ""}, pair);
}

} // namespace stile::token
