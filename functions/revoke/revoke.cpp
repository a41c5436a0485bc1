#include "functions/revoke/revoke.h"

#include "shared/endpoint/client_auth.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/presented_token.h"
#include "shared/endpoint/respond.h"

#include <utility>

namespace stile::revoke {

namespace {

Result<void> revoke_token(const Form& form, const NamedClient& named, const Request& request, Context& context)
{
    // 3. Authenticate the client. A public client names itself, and the token is its proof (RFC 7009 §2.1).
    const auto token = TRY(find_parameter(form, token_rule));
    const auto client = TRY(authenticate_client(request, named, context));

    // 4. Parse the token. An invalid token is not an error: it cannot be used anyway (RFC 7009 §2.2).
    const auto presented = TRY(find_presented_token(*token, context));
    if (!presented)
        return {};

    // 5. Decide, in one atomic step.
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

    // 1. Parse the body.
    const auto form = body_parameters(request);
    if (!form)
        return json_error(form.error(), request, context);

    // 2. Find the client that it names.
    const auto named = find_named_client(request, *form, context);
    const auto revoked = revoke_token(*form, named, request, context);

    // 6. Respond. The body is an empty JSON object, because some libraries parse every body. Scripts of a public client
    // may read every response to it.
    auto response = revoked ? json_response(200, "{}") : json_error(revoked.error(), request, context);
    if (named.is_public())
        allow_any_origin(response);
    return response;
}

} // namespace stile::revoke
