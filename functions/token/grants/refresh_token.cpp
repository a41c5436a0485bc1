// grant_type=refresh_token (RFC 6749 §6); each token works once (RFC 9700 §4.14).
//
// A client with a grace period may repeat a request whose response it lost: for those seconds the used token's record
// keeps the response, sealed with a key derived from the used token's secret, so nothing in Redis can be used.
#include "functions/token/grants.h"
#include "shared/crypto/seal.h"
#include "shared/endpoint/params.h"

#include <utility>

namespace stile::token {

namespace {

constexpr std::string_view seal_purpose = "stile refresh answer 1";

struct RefreshRequest {
    std::optional<std::string> refresh_token;
    std::optional<std::string> scope;
};

constexpr std::array parameters = {
    Parameter<RefreshRequest>{{"refresh_token", Presence::required, 256, any_vschar}, &RefreshRequest::refresh_token},
    Parameter<RefreshRequest>{{"scope", Presence::optional, 2048, any_vschar}, &RefreshRequest::scope},
};

std::unexpected<OAuthError> invalid(std::string detail)
{
    return fail(ErrorCode::invalid_grant, "refresh_token is invalid, expired or used", std::move(detail));
}

// Both tokens concatenated: their lengths are fixed.
std::string seal_answer(const TokenPair& pair, const SplitToken& presented, Random& random)
{
    const Secret both(std::string(pair.access.whole().reveal()).append(pair.refresh->whole().reveal()));
    return seal(both.reveal(), presented.secret(), seal_purpose, random);
}

// The tokens of the first response. A signed one is signed again: it has the same `jti`, and so is the same token.
std::optional<TokenPair> unseal_answer(const Rotation& rotation, const SplitToken& presented)
{
    const auto both = unseal(rotation.sealed, presented.secret(), seal_purpose);
    if (!both || both->reveal().size() != access_token_length + refresh_token_length)
        return std::nullopt;
    auto access = SplitToken::parse(both->reveal().substr(0, access_token_length), access_token_length);
    auto refresh = SplitToken::parse(both->reveal().substr(access_token_length), refresh_token_length);
    if (!access || !refresh)
        return std::nullopt;
    return TokenPair{std::move(*access), std::move(refresh)};
}

} // namespace

Result<TokenResponse> refresh_token(const TokenRequest& request, Context& context)
{
    // Parse.
    const auto sent = TRY(bind_parameters(request.form, parameters));

    // Validate what needs no Redis.
    const auto presented = SplitToken::parse(*sent.refresh_token, refresh_token_length);
    if (!presented)
        return invalid("malformed"); // RFC 6749 §5.2
    // RFC 6749 §3.3; "" asks for what was granted.
    const auto scope = sent.scope ? TRY(requested_scope(sent.scope, *request.client)).to_string() : std::string();
    const auto signers = TRY(find_signers(*request.client, context));

    // Decide, in one atomic step.
    const auto successor = mint_tokens(presented->grant_id(), true, signers, context);
    const auto grace = request.client->refresh_grace;
    const auto sealed = grace > 0 ? seal_answer(successor, *presented, context.random) : std::string();
    const auto rotation = TRY(context.grants.rotate_refresh(
        {*presented, request.client->id, scope, grace, sealed, request.client->registered_at, signers.can_answer()},
        successor, context.clock.now(), context.settings.lifetimes));

    // Record and respond.
    Event event = {.name = EventName::refresh_rotated,
                   .client = *request.client,
                   .user = Person::by_subject(rotation.issued.subject),
                   .grant = *presented,
                   .grant_type = "refresh_token"};
    using Outcome = Rotation::Outcome;
    switch (rotation.outcome) {
    case Outcome::rotated:
        context.audit.record(request.http, std::move(event));
        return token_response(rotation.issued, successor, *request.client, signers, context);
    case Outcome::repeated:
        if (const auto first = unseal_answer(rotation, *presented)) {
            event.name = EventName::refresh_repeated;
            context.audit.record(request.http, std::move(event));
            return token_response(rotation.issued, *first, *request.client, signers, context);
        }
        return invalid("cannot decrypt the stored answer");
    case Outcome::reused: // RFC 9700 §4.14.2
        if (rotation.has_ended_grant)
            record_revoked_grant(event, "refresh_reused", request, context);
        event.name = EventName::refresh_reused;
        return context.audit.refuse(request.http, std::move(event), ErrorCode::invalid_grant,
                                    "refresh_token is invalid, expired or used");
    case Outcome::wider_scope:
        return fail(ErrorCode::invalid_scope, "scope exceeds what the user granted"); // RFC 6749 §6
    case Outcome::wrong_client: return invalid("wrong client");
    case Outcome::unsignable: return no_id_token(signers);
    case Outcome::unknown: return invalid("unknown");
    }
    std::unreachable();
}

} // namespace stile::token
