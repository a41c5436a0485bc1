#include "functions/revoke/revoke.h"

#include "shared/endpoint/client_auth.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/presented_token.h"
#include "shared/endpoint/respond.h"

#include <utility>

namespace stile::revoke {

namespace {

Result<void> take_back(const Request& request, Context& context)
{
    // Parse.
    const auto form = TRY(body_parameters(request));
    const auto token = TRY(find_parameter(form, token_rule));

    // Authenticate the client; a public one names itself, and the token is its proof (RFC 7009 §2.1).
    const auto client = TRY(authenticate_client(request, form, context));

    // Decide, in one atomic step.
    const auto presented = TRY(find_presented_token(*token, context));
    if (!presented)
        return {}; // RFC 7009 §2.2: an invalid token is no error, the client's purpose is achieved
    const auto revocation = TRY(context.grants.revoke_token(presented->kind, presented->token, client->id));
    using Outcome = Revocation::Outcome;
    switch (revocation.outcome) {
    case Outcome::revoked:
        context.audit.record(request, {.name = presented->kind == TokenKind::refresh ? EventName::grant_revoked
                                                                                     : EventName::token_revoked,
                                       .client = *client,
                                       .user = Person::by_subject(revocation.subject),
                                       .grant = presented->token,
                                       .reason = "client_request"});
        return {};
    case Outcome::unknown: return {};
    case Outcome::wrong_client: // RFC 7009 §2.1: refused, and the client is informed
        return fail(ErrorCode::invalid_request, "the token was not issued to this client");
    }
    std::unreachable();
}

} // namespace

Response handle(const Request& request, Context& context)
{
    if (request.method != "POST") // RFC 7009 §2.1
        return json_method_not_allowed("POST");
    const auto revoked = take_back(request, context);
    // Some libraries parse the body of every answer: an empty object rather than nothing.
    auto response = revoked ? json_response(200, "{}") : json_error(revoked.error(), request, context);
    if (names_public_client(request, context))
        allow_any_origin(response);
    return response;
}

} // namespace stile::revoke
