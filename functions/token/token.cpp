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

// A token request whose client has authenticated and whose grant type this server offers.
struct Accepted {
    AuthenticatedClient client;
    const GrantType* grant_type;
};

Result<Accepted> accept(const Form& form, const NamedClient& named, const Request& request, Context& context)
{
    const auto grant_type_name = TRY(find_parameter(form, grant_type_rule));
    auto client = TRY(authenticate_client(request, named, context));
    const auto* grant_type = TRY(find_grant_type(*grant_type_name, context));
    return Accepted{std::move(client), grant_type};
}

Result<TokenResponse> issue(const Accepted& accepted, const Form& form, const Request& request, Context& context)
{
    if (!accepted.client->may_use(accepted.grant_type->name))
        return fail(ErrorCode::unauthorized_client, "the client may not use this grant_type");
    return accepted.grant_type->issue({request, form, accepted.client}, context);
}

Response respond(const Form& form, const NamedClient& named, const Request& request, Context& context)
{
    // 3. Authenticate the client (RFC 6749 §3.2.1) and find the grant type.
    const auto accepted = accept(form, named, request, context);
    if (!accepted)
        return json_error(accepted.error(), request, context);

    // 4. Validate and decide: a file in grants/ for each grant type.
    const auto issued = issue(*accepted, form, request, context);

    // 5. Respond (RFC 6749 §5.1, §5.2).
    auto response = issued ? json_response(200, to_json(*issued)) : json_error(issued.error(), request, context);
    response.grant_type = accepted->grant_type->name;
    return response;
}

} // namespace

Response handle(const Request& request, Context& context)
{
    if (request.method != "POST") // RFC 6749 §3.2
        return json_method_not_allowed("POST");

    // 1. Parse the body.
    const auto form = body_parameters(request);
    if (!form)
        return json_error(form.error(), request, context);

    // 2. Find the client that it names. Scripts of a public client may read every response to it.
    const auto named = find_named_client(request, *form, context);
    auto response = respond(*form, named, request, context);
    if (named.is_public())
        allow_any_origin(response);
    return response;
}

} // namespace stile::token
