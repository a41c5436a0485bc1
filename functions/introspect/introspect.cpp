// Unknown, expired, used and revoked tokens, and those of other clients, all get {"active":false} and nothing else (RFC
// 7662 §2.2, §4).
#include "functions/introspect/introspect.h"

#include "shared/base/json.h"
#include "shared/endpoint/client_auth.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/presented_token.h"
#include "shared/endpoint/respond.h"
#include "shared/oauth/subject.h"

namespace stile::introspect {

namespace {

bool may_see(const Client& caller, const TokenFacts& facts)
{
    return caller.introspects_any || facts.client_id == caller.id;
}

// RFC 7662 §2.2. Members that do not apply are left out.
std::string describe(const TokenFacts& facts, const PresentedToken& token, const Client& caller, const Context& context)
{
    JsonMembers members = {{"active", true}};
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!value.empty())
            members.emplace_back(name, value);
    };
    add("scope", facts.scope);
    add("client_id", facts.client_id);
    add("username", caller.introspects_any ? facts.user_name : user_name_for(caller, facts.user_name));
    if (token.kind == TokenKind::access)
        add("token_type", "Bearer");
    members.emplace_back("exp", token.audience ? token.expires_at : facts.expires_at);
    members.emplace_back("iat", facts.issued_at);
    add("sub", facts.subject.empty() ? facts.client_id : facts.subject); // RFC 9068 §2.2
    const auto& issuer = context.settings.issuer;
    add("aud", token.audience ? *token.audience : issuer);
    add("iss", context.settings.issuer);
    return json_object(members);
}

Result<std::string> answer(const Request& request, Context& context)
{
    // 1. Parse.
    const auto form = TRY(body_parameters(request));
    const auto token = TRY(find_parameter(form, token_rule));

    // 2. Authenticate the client. A public client cannot prove its identity (RFC 7662 §2.1).
    const auto client = TRY(authenticate_client(request, form, context));
    if (client->is_public())
        return context.audit.refuse(
            request, {.name = EventName::client_auth_failed, .client = *client, .reason = "public_client"},
            ErrorCode::invalid_client, "client authentication failed");

    // 3. Look up the token.
    const auto presented = TRY(find_presented_token(*token, context));
    if (!presented)
        return json_object({{"active", false}});
    const auto facts = TRY(context.grants.inspect(presented->kind, presented->token));

    // 4. Respond.
    if (!facts || !may_see(*client, *facts))
        return json_object({{"active", false}});
    return describe(*facts, *presented, *client, context);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    if (request.method != "POST") // RFC 7662 §2.1
        return json_method_not_allowed("POST");
    auto body = answer(request, context);
    return body ? json_response(200, body.take()) : json_error(body.error(), request, context);
}

} // namespace stile::introspect
