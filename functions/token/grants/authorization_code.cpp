// grant_type=authorization_code (RFC 6749 §4.1.3, RFC 7636 §4.5).
#include "functions/token/grants.h"
#include "shared/endpoint/params.h"
#include "shared/oauth/pkce.h"

#include <utility>

namespace stile::token {

namespace {

struct CodeRequest {
    std::optional<std::string> code;
    std::optional<std::string> redirect_uri;
    std::optional<std::string> code_verifier;
};

constexpr std::array parameters = {
    Parameter<CodeRequest>{{"code", Presence::required, 256, any_vschar}, &CodeRequest::code},
    Parameter<CodeRequest>{{"redirect_uri", Presence::optional, 2048, any_visible}, &CodeRequest::redirect_uri},
    Parameter<CodeRequest>{{"code_verifier", Presence::optional, 256, any_vschar}, &CodeRequest::code_verifier},
};

} // namespace

Result<TokenResponse> authorization_code(const TokenRequest& request, Context& context)
{
    // Parse.
    const auto sent = TRY(bind_parameters(request.form, parameters));

    // Validate what needs no Redis.
    const auto code = SplitToken::parse(*sent.code, code_length);
    if (!code)
        return fail(ErrorCode::invalid_grant, "code is invalid, expired or used"); // RFC 6749 §5.2
    std::string code_challenge;
    if (sent.code_verifier)
        code_challenge = TRY(code_challenge_of(*sent.code_verifier)); // RFC 7636 §4.6
    const auto signers = TRY(find_signers(*request.client, context));

    // Decide, in one atomic step.
    const auto successor = mint_tokens(code->grant_id(), may_refresh(*request.client, context), signers, context);
    const std::string redirect_uri = sent.redirect_uri.value_or("");
    const CodePresented presented = {
        *code, request.client->id, redirect_uri, code_challenge, request.client->registered_at, signers.can_answer()};
    const auto redemption =
        TRY(context.grants.redeem_code(presented, successor, context.clock.now(), context.settings.lifetimes));

    // Record and respond. The owner of the code is not revealed; an error of the right client is explained.
    Event event = {.name = EventName::code_redeemed,
                   .client = *request.client,
                   .user = Person::by_subject(redemption.issued.subject),
                   .grant = *code,
                   .grant_type = "authorization_code"};
    using Outcome = Redemption::Outcome;
    switch (redemption.outcome) {
    case Outcome::issued:
        context.audit.record(request.http, std::move(event));
        return token_response(redemption.issued, successor, *request.client, signers, context);
    case Outcome::unsignable: return no_id_token(signers);
    case Outcome::unknown: return fail(ErrorCode::invalid_grant, "code is invalid, expired or used", "unknown");
    case Outcome::wrong_client:
        return fail(ErrorCode::invalid_grant, "code is invalid, expired or used", "wrong client");
    case Outcome::replayed: // RFC 6749 §4.1.2
        if (redemption.has_ended_grant)
            record_revoked_grant(event, "code_replayed", request, context);
        event.name = EventName::code_replayed;
        return context.audit.refuse(request.http, std::move(event), ErrorCode::invalid_grant,
                                    "code is invalid, expired or used");
    case Outcome::wrong_redirect: // RFC 6749 §4.1.3
        return fail(ErrorCode::invalid_grant, "redirect_uri differs from the one of the authorization request");
    case Outcome::wrong_verifier: // RFC 7636 §4.6
        return fail(ErrorCode::invalid_grant, "code_verifier does not match the code_challenge of the request");
    }
    std::unreachable();
}

} // namespace stile::token
