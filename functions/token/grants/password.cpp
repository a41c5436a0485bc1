// grant_type=password (RFC 6749 §4.3), for clients that are registered for it, on servers that enable it. RFC 9700 §2.4
// forbids it, because it reveals the user's password to the client.
#include "functions/token/grants.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/password_check.h"
#include "shared/oauth/subject.h"

namespace stile::token {

namespace {

struct PasswordRequest {
    std::optional<std::string> username;
    std::optional<std::string> password;
    std::optional<std::string> scope;
};

constexpr std::array parameters = {
    Parameter<PasswordRequest>{{"username", Presence::required, 128, any_text}, &PasswordRequest::username},
    Parameter<PasswordRequest>{{"password", Presence::required, 1024, any_text}, &PasswordRequest::password},
    Parameter<PasswordRequest>{{"scope", Presence::optional, 2048, any_vschar}, &PasswordRequest::scope},
};

} // namespace

Result<TokenResponse> password(const TokenRequest& request, Context& context)
{
    // Parse.
    const auto sent = TRY(bind_parameters(request.form, parameters));

    // Validate: the scope, then the password, throttled as at the login page (RFC 6749 §4.3.2).
    const auto scope = TRY(requested_scope(sent.scope, *request.client));
    Event event = {.name = EventName::tokens_issued, .client = *request.client, .grant_type = "password"};
    const auto checked = TRY(check_password(*sent.username, Secret(*sent.password), event, request.http, context));
    if (checked.wait > 0)
        return too_many_attempts(checked.wait);
    if (!checked.user)
        return fail_audited(ErrorCode::invalid_grant, "username or password is wrong");
    const auto signers = TRY(find_signers(*request.client, context));

    // Issue.
    const auto pair =
        mint_tokens(context.random.base62(grant_id_length), may_refresh(*request.client, context), signers, context);
    const Seconds now = context.clock.now();
    const ResourceOwner owner = {subject_for(*request.client, checked.user->subject), checked.user->name, now,
                                 checked.user->subject};
    const auto issued = TRY(context.grants.issue_for_user(pair, request.client->id, scope.to_string(), owner, now,
                                                          context.settings.lifetimes));
    if (!TRY(is_still_current(*checked.user, context))) { // ASVS 5.0 V7.4.3
        TRY(context.grants.revoke(pair.access.grant_id()));
        return fail(ErrorCode::invalid_grant, "username or password is wrong", "the password was changed meanwhile");
    }

    // Record and respond.
    event.user = *checked.user;
    event.grant = pair.access;
    context.audit.record(request.http, std::move(event));
    return token_response(issued, pair, *request.client, signers, context);
}

} // namespace stile::token
