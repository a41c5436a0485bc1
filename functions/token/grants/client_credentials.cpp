// grant_type=client_credentials (RFC 6749 §4.4): a client acts for itself. No refresh token (§4.4.3).
#include "functions/token/grants.h"
#include "shared/endpoint/params.h"

namespace stile::token {

namespace {

constexpr ParameterRule scope_rule = {"scope", Presence::optional, 2048, any_vschar};

} // namespace

Result<TokenResponse> client_credentials(const TokenRequest& request, Context& context)
{
    // Parse.
    const auto requested = TRY(find_parameter(request.form, scope_rule));

    // Validate: only an authenticated client may act for itself (RFC 6749 §4.4.2).
    if (request.client->is_public())
        return fail(ErrorCode::unauthorized_client, "a public client may not use client_credentials");
    const auto scope = TRY(requested_scope(requested, *request.client));
    const auto signers = TRY(find_signers(*request.client, context));

    // Issue.
    const auto pair = mint_tokens(context.random.base62(grant_id_length), false, signers, context);
    TRY(context.grants.issue_for_client(pair, request.client->id, scope.to_string(), context.clock.now(),
                                        context.settings.lifetimes));

    // Record and respond.
    context.audit.record(request.http, {.name = EventName::tokens_issued,
                                        .client = *request.client,
                                        .grant = pair.access,
                                        .grant_type = "client_credentials"});
    return token_response({context.settings.lifetimes.access_token, 0, scope.to_string(), ""}, pair, *request.client,
                          signers, context);
}

} // namespace stile::token
