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
std::string describe(const LiveToken& token, TokenKind kind, const Context& context)
{
    const auto& facts = token.facts;
    JsonMembers members = {{"active", true}};
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!value.empty())
            members.emplace_back(name, value);
    };
    add("scope", facts.scope);
    add("client_id", facts.client_id);
    add("username", user_name_for(*token.client, facts.user_name)); // beside a pairwise sub it would tell who that is
    if (kind == TokenKind::access)
        add("token_type", "Bearer");
    members.emplace_back("exp", token.expires_at);
    members.emplace_back("iat", facts.issued_at);
    add("sub", facts.subject.empty() ? facts.client_id : facts.subject); // RFC 9068 §2.2
    add("aud", token.audience);
    add("iss", context.settings.issuer);
    return json_object(members);
}

Result<std::string> answer(const Request& request, Context& context)
{
    // 1. Parse.
    const auto form = TRY(body_parameters(request));
    const auto text = TRY(find_parameter(form, token_rule));

    // 2. Authenticate the client. A public client cannot prove its identity (RFC 7662 §2.1).
    const auto client = TRY(authenticate_client(request, form, context));
    if (client->is_public())
        return context.audit.refuse(
            request, {.name = EventName::client_auth_failed, .client = *client, .reason = "public_client"},
            ErrorCode::invalid_client, "client authentication failed");

    // 3. Look up the token.
    const auto presented = TRY(find_presented_token(*text, context));
    if (!presented)
        return json_object({{"active", false}});
    const auto token = TRY(find_live_token(*presented, context));

    // 4. Respond.
    if (!token || !may_see(*client, token->facts))
        return json_object({{"active", false}});
    return describe(*token, presented->kind, context);
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
