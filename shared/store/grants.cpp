#include "shared/store/grants.h"

#include "shared/base/text.h"
#include "shared/store/indices.h"
#include "shared/store/keys.h"

#include <algorithm>
#include <array>

namespace stile {

namespace {

template <typename Outcome, std::size_t count>
Outcome outcome_named(std::string_view word, const std::array<std::pair<std::string_view, Outcome>, count>& names)
{
    const auto found = std::ranges::find(names, word, [](const auto& pair) { return pair.first; });
    return found != names.end() ? found->second : Outcome::unknown; // fails closed
}

constexpr std::array redemptions = {
    std::pair{std::string_view("issued"), Redemption::Outcome::issued},
    std::pair{std::string_view("replayed"), Redemption::Outcome::replayed},
    std::pair{std::string_view("wrong_client"), Redemption::Outcome::wrong_client},
    std::pair{std::string_view("wrong_redirect"), Redemption::Outcome::wrong_redirect},
    std::pair{std::string_view("wrong_verifier"), Redemption::Outcome::wrong_verifier},
    std::pair{std::string_view("unsignable"), Redemption::Outcome::unsignable},
};

constexpr std::array rotations = {
    std::pair{std::string_view("rotated"), Rotation::Outcome::rotated},
    std::pair{std::string_view("repeated"), Rotation::Outcome::repeated},
    std::pair{std::string_view("reused"), Rotation::Outcome::reused},
    std::pair{std::string_view("wider_scope"), Rotation::Outcome::wider_scope},
    std::pair{std::string_view("wrong_client"), Rotation::Outcome::wrong_client},
    std::pair{std::string_view("unsignable"), Rotation::Outcome::unsignable},
};

constexpr std::array revocations = {
    std::pair{std::string_view("revoked"), Revocation::Outcome::revoked},
    std::pair{std::string_view("wrong_client"), Revocation::Outcome::wrong_client},
};

bool has_ended_grant(const Record& reply)
{
    return reply["ended"] == "1";
}

// What an ID token needs; grants with scope openid have a `sid`.
std::optional<Identity> identity_from(const Record& reply)
{
    if (reply["sid"].empty())
        return std::nullopt;
    return Identity{reply["sid"],      reply["amr"],    reply["nonce"], reply["id_token_claims"],
                    reply["username"], reply["own_sub"]};
}

Issued issued_from(const Record& reply)
{
    return {reply.number("access_ttl"), reply.number("refresh_ttl"), reply["scope"], reply["sub"],
            reply.number("auth_time"),  identity_from(reply)};
}

std::string_view family_of(TokenKind kind)
{
    return kind == TokenKind::access ? "access" : "refresh";
}

std::string refresh_key_of(const TokenPair& pair)
{
    // A client without refresh tokens still passes a key: the step expects one, and writes nothing to it.
    return pair.refresh ? token_key("refresh", *pair.refresh) : grant_key("refresh", pair.access.grant_id());
}

// The signature of a signed token has been verified.
std::string access_sha256_of(const TokenPair& pair)
{
    return pair.access_alg.empty() ? pair.access.secret_sha256() : std::string();
}

std::string refresh_sha256_of(const TokenPair& pair)
{
    return pair.refresh ? pair.refresh->secret_sha256() : std::string();
}

} // namespace

Command grant_fields_of(const ResourceOwner& owner)
{
    const auto unless_subject = [&](const std::string& value) { return value == owner.subject ? "" : value; };
    return {"username",  unless_subject(owner.user_name),
            "auth_time", std::to_string(owner.auth_time),
            "own_sub",   unless_subject(owner.public_sub),
            "amr",       owner.sid.empty() ? "" : owner.amr,
            "sid",       owner.sid};
}

Command Grants::issue_code_command(const SplitToken& code, const AuthorizationRequest& request,
                                   const ResourceOwner& owner, Seconds now, const Lifetimes& lifetimes)
{
    const auto scope = request.scope.to_string();
    return Step("issue_code")
        .key("code_key", token_key("code", code))
        .key("grant_key", grant_key("grant", code.grant_id()))
        .with("now", now)
        .with("code_ttl", lifetimes.code)
        .with("grant_ttl", lifetimes.grant)
        .with("code_sha256", code.secret_sha256())
        .with("redirect_uri", request.redirect_uri)
        .with("redirect_uri_was_sent", request.redirect_uri_was_sent)
        .with("code_challenge", request.code_challenge)
        .fields({"client_id", request.client_id, "sub", owner.subject, "scope", scope, "nonce", request.nonce,
                 "id_token_claims", request.id_token_claims, "userinfo_claims", request.userinfo_claims})
        .fields(grant_fields_of(owner))
        .command();
}

std::vector<Command> Grants::index_commands(std::string_view grant_id, std::string_view client_id,
                                            const ResourceOwner& owner, const Lifetimes& lifetimes)
{
    auto commands = stile::index_commands(user_grants, {owner.subject, owner.public_sub, owner.user_name}, grant_id,
                                          lifetimes.grant);
    commands.push_back(index_command(client_grants, client_id, grant_id, lifetimes.grant));
    return commands;
}

Result<void> Grants::issue_for_client(const TokenPair& pair, std::string_view client_id, std::string_view scope,
                                      Seconds now, const Lifetimes& lifetimes)
{
    TRY(m_connection.run({Step("issue_for_client")
                              .key("grant_key", grant_key("grant", pair.access.grant_id()))
                              .key("access_key", token_key("access", pair.access))
                              .with("now", now)
                              .with("access_ttl", lifetimes.access_token)
                              .with("access_sha256", access_sha256_of(pair))
                              .with("access_alg", pair.access_alg)
                              .with("access_aud", pair.access_aud)
                              .with("client_id", client_id)
                              .with("scope", scope)
                              .command(),
                          index_command(client_grants, client_id, pair.access.grant_id(), lifetimes.access_token)}));
    return {};
}

Result<Issued> Grants::issue_for_user(const TokenPair& pair, std::string_view client_id, std::string_view scope,
                                      const ResourceOwner& owner, Seconds now, const Lifetimes& lifetimes)
{
    std::vector<Command> commands = {
        Step("issue_for_user")
            .key("grant_key", grant_key("grant", pair.access.grant_id()))
            .key("access_key", token_key("access", pair.access))
            .key("refresh_key", refresh_key_of(pair))
            .with("now", now)
            .with("access_ttl", lifetimes.access_token)
            .with("refresh_ttl", lifetimes.refresh_token)
            .with("grant_ttl", lifetimes.grant)
            .with("access_sha256", access_sha256_of(pair))
            .with("access_alg", pair.access_alg)
            .with("access_aud", pair.access_aud)
            .with("refresh_sha256", refresh_sha256_of(pair))
            .fields({"client_id", std::string(client_id), "sub", owner.subject, "scope", std::string(scope)})
            .fields(grant_fields_of(owner))
            .command()};
    const auto notes = index_commands(pair.access.grant_id(), client_id, owner, lifetimes);
    commands.insert(commands.end(), notes.begin(), notes.end());
    auto replies = TRY(m_connection.run(commands));
    const Record reply(std::move(replies.front()));
    if (reply["outcome"] != "issued")
        return fail(ErrorCode::temporarily_unavailable, "the server cannot use its storage", "issue_for_user");
    return Issued{reply.number("access_ttl"), reply.number("refresh_ttl"), std::string(scope), owner.subject,
                  owner.auth_time};
}

Result<std::optional<TokenFacts>> Grants::inspect(TokenKind kind, const SplitToken& token)
{
    const auto facts = TRY(m_connection.call(Step("inspect")
                                                 .key("token_key", token_key(family_of(kind), token))
                                                 .key("grant_key", grant_key("grant", token.grant_id()))
                                                 .with("token_sha256", token.secret_sha256())));
    if (!facts.exists())
        return std::nullopt;
    return TokenFacts{facts["client_id"],
                      facts["sub"],
                      facts["username"],
                      facts["scope"],
                      facts.number("issued_at"),
                      facts.number("expires_at"),
                      facts.number("auth_time"),
                      facts["userinfo_claims"],
                      facts["own_sub"],
                      facts["alg"],
                      facts["aud"]};
}

Result<Revocation> Grants::revoke_token(TokenKind kind, const SplitToken& token, std::string_view client_id)
{
    const auto reply = TRY(m_connection.call(Step("revoke_token")
                                                 .key("token_key", token_key(family_of(kind), token))
                                                 .key("grant_key", grant_key("grant", token.grant_id()))
                                                 .with("token_sha256", token.secret_sha256())
                                                 .with("client_id", client_id)
                                                 .with("kind", family_of(kind))));
    return Revocation{outcome_named(reply["outcome"], revocations), reply["sub"]};
}

Result<Redemption> Grants::redeem_code(const CodePresented& presented, const TokenPair& successor, Seconds now,
                                       const Lifetimes& lifetimes)
{
    const auto deadline = TRY(m_connection.deadline());
    const auto reply = TRY(m_connection.call(Step("redeem_code")
                                                 .key("code_key", token_key("code", presented.code))
                                                 .key("grant_key", grant_key("grant", presented.code.grant_id()))
                                                 .key("access_key", token_key("access", successor.access))
                                                 .key("refresh_key", refresh_key_of(successor))
                                                 .with("now", now)
                                                 .with("code_sha256", presented.code.secret_sha256())
                                                 .with("client_id", presented.client_id)
                                                 .with("redirect_uri", presented.redirect_uri)
                                                 .with("code_challenge", presented.code_challenge)
                                                 .with("access_ttl", lifetimes.access_token)
                                                 .with("refresh_ttl", lifetimes.refresh_token)
                                                 .with("access_sha256", access_sha256_of(successor))
                                                 .with("access_alg", successor.access_alg)
                                                 .with("access_aud", successor.access_aud)
                                                 .with("refresh_sha256", refresh_sha256_of(successor))
                                                 .with("deadline", deadline)
                                                 .with("registered_at", presented.client_registered_at)
                                                 .with("can_sign", presented.can_sign)));
    return Redemption{outcome_named(reply["outcome"], redemptions), issued_from(reply), has_ended_grant(reply)};
}

Result<Rotation> Grants::rotate_refresh(const RefreshPresented& presented, const TokenPair& successor, Seconds now,
                                        const Lifetimes& lifetimes)
{
    const auto deadline = TRY(m_connection.deadline());
    const auto reply = TRY(m_connection.call(Step("rotate_refresh")
                                                 .key("token_key", token_key("refresh", presented.token))
                                                 .key("grant_key", grant_key("grant", presented.token.grant_id()))
                                                 .key("access_key", token_key("access", successor.access))
                                                 .key("refresh_key", refresh_key_of(successor))
                                                 .with("now", now)
                                                 .with("token_sha256", presented.token.secret_sha256())
                                                 .with("client_id", presented.client_id)
                                                 .with("scope", presented.scope)
                                                 .with("access_ttl", lifetimes.access_token)
                                                 .with("refresh_ttl", lifetimes.refresh_token)
                                                 .with("access_sha256", access_sha256_of(successor))
                                                 .with("access_alg", successor.access_alg)
                                                 .with("access_aud", successor.access_aud)
                                                 .with("refresh_sha256", refresh_sha256_of(successor))
                                                 .with("grace", presented.grace)
                                                 .with("sealed", presented.sealed)
                                                 .with("deadline", deadline)
                                                 .with("registered_at", presented.client_registered_at)
                                                 .with("can_sign", presented.can_sign)));
    return Rotation{outcome_named(reply["outcome"], rotations), issued_from(reply), reply["sealed"],
                    has_ended_grant(reply)};
}

Command Grants::revoke_command(std::string_view grant_id)
{
    return Step("revoke_grant").key("grant_key", grant_key("grant", grant_id)).command();
}

Result<bool> Grants::revoke(std::string_view grant_id)
{
    return TRY(revoke(std::vector{std::string(grant_id)})).front();
}

Result<std::vector<bool>> Grants::revoke(const std::vector<std::string>& grant_ids)
{
    std::vector<Command> commands;
    commands.reserve(grant_ids.size());
    for (const auto& id : grant_ids)
        commands.push_back(revoke_command(id));
    auto replies = TRY(m_connection.run(commands));
    std::vector<bool> ended;
    ended.reserve(replies.size());
    for (auto& reply : replies)
        ended.push_back(Record(std::move(reply))["outcome"] == "revoked");
    return ended;
}

} // namespace stile
