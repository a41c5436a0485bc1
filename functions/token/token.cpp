#include "functions/token/token.h"

#include "functions/token/grants.h"
#include "shared/endpoint/client_auth.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/respond.h"

#include <algorithm>

namespace stile::token {

namespace {

constexpr ParameterRule grant_type_rule = {"grant_type", Presence::required, 128, any_vschar};

// RFC 6749 §5.2: a grant type that this server does not offer, before one that this client may not use.
Result<const GrantType*> find_grant_type(std::string_view name, const Context& context)
{
    const auto found = std::ranges::find(grant_types, name, &GrantType::name);
    if (found == grant_types.end() || !context.settings.offers(name))
        return fail(ErrorCode::unsupported_grant_type, "grant_type is not supported by this server");
    return &*found;
}

// `asked` becomes the name of the grant type as soon as it is known to be one.
Result<TokenResponse> issue(const Request& request, Context& context, std::string_view& asked)
{
    // Parse.
    const auto form = TRY(body_parameters(request));
    const auto grant_type_name = TRY(find_parameter(form, grant_type_rule));

    // Authenticate the client.
    const auto client = TRY(authenticate_client(request, form, context));

    // Validate.
    const auto* grant_type = TRY(find_grant_type(*grant_type_name, context));
    asked = grant_type->name;
    if (!client->may_use(grant_type->name))
        return fail(ErrorCode::unauthorized_client, "the client may not use this grant_type");

    // Decide, in one atomic step.
    return grant_type->issue({request, form, client}, context);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    if (request.method != "POST") // RFC 6749 §3.2
        return json_method_not_allowed("POST");
    std::string_view asked;
    const auto issued = issue(request, context, asked);
    auto response = issued ? json_response(200, to_json(*issued)) : json_error(issued.error(), request, context);
    response.grant_type = asked;
    if (names_public_client(request, context))
        allow_any_origin(response);
    return response;
}

} // namespace stile::token
