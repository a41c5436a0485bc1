#include "shared/store/grants.h"

#include "shared/base/text.h"
#include "shared/store/keys.h"
#include "shared/store/scan.h"

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

// {replayed or reused, 1 when that ended the grant, sub}
bool has_ended_grant(const Reply& reply)
{
    return reply.elements.size() == 3 && reply.elements[1].integer == 1;
}

std::optional<Identity> identity_from(const Reply& reply)
{
    const auto& said = reply.elements;
    if (said.size() != 6)
        return std::nullopt;
    return Identity{said[0].text, said[1].text, said[2].text, said[3].text, said[4].text, said[5].text};
}

Issued issued_from(const Reply& reply)
{
    if (reply.elements.size() == 3) // {replayed or reused, …, sub}: nothing was issued
        return {.subject = reply.elements[2].text};
    if (reply.elements.size() < 7)
        return {};
    return {reply.elements[1].integer,
            reply.elements[2].integer,
            reply.elements[3].text,
            reply.elements[4].text,
            parse_number<Seconds>(reply.elements[5].text).value_or(0),
            identity_from(reply.elements[6])};
}

std::string_view family_of(TokenKind kind)
{
    return kind == TokenKind::access ? "access" : "refresh";
}

std::string refresh_key_of(const TokenPair& pair)
{
    // A client without refresh tokens still names a key: the step expects one, and writes nothing to it.
    return pair.refresh ? token_key("refresh", *pair.refresh) : grant_key("refresh", pair.access.grant_id());
}

// A signed token is proved by its signature.
std::string access_sha256_of(const TokenPair& pair)
{
    return pair.access_is_signed ? std::string() : pair.access.secret_sha256();
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
            "own_sub",   unless_subject(owner.own_subject),
            "amr",       owner.sid.empty() ? "" : owner.amr,
            "sid",       owner.sid};
}

Command Grants::issuing_code(const SplitToken& code, const AuthorizationRequest& request, const ResourceOwner& owner,
                             Seconds now, const Lifetimes& lifetimes)
{
    const auto scope = request.scope.to_string();
    const auto fields = grant_fields_of(owner);
    Command arguments = {
        std::to_string(now),   std::to_string(lifetimes.code), std::to_string(lifetimes.grant),
        code.secret_sha256(),  request.redirect_uri,           request.redirect_uri_was_sent ? "1" : "",
        request.code_challenge};
    for (const auto& [field, value] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"client_id", request.client_id},
             {"sub", owner.subject},
             {"scope", scope},
             {"nonce", request.nonce},
             {"id_token_claims", request.id_token_claims},
             {"userinfo_claims", request.userinfo_claims}}) {
        arguments.emplace_back(field);
        arguments.emplace_back(value);
    }
    arguments.insert(arguments.end(), fields.begin(), fields.end());
    return Connection::step("issue_code", {token_key("code", code), grant_key("grant", code.grant_id())}, arguments);
}

Result<void> Grants::issue_for_client(const TokenPair& pair, std::string_view client_id, std::string_view scope,
                                      Seconds now, const Lifetimes& lifetimes)
{
    const auto grant = grant_key("grant", pair.access.grant_id());
    const auto key = token_key("access", pair.access);
    TRY(m_connection.call(
        "issue_for_client", {grant, key},
        {std::to_string(now), std::to_string(lifetimes.access_token), access_sha256_of(pair), client_id, scope}));
    return {};
}

Result<Issued> Grants::issue_for_user(const TokenPair& pair, std::string_view client_id, std::string_view scope,
                                      const ResourceOwner& owner, Seconds now, const Lifetimes& lifetimes)
{
    const auto grant = grant_key("grant", pair.access.grant_id());
    const auto access = token_key("access", pair.access);
    const auto refresh = refresh_key_of(pair);
    Command arguments = {std::to_string(now),
                         std::to_string(lifetimes.access_token),
                         std::to_string(lifetimes.refresh_token),
                         std::to_string(lifetimes.grant),
                         access_sha256_of(pair),
                         refresh_sha256_of(pair),
                         "client_id",
                         std::string(client_id),
                         "sub",
                         owner.subject,
                         "scope",
                         std::string(scope)};
    const auto fields = grant_fields_of(owner);
    arguments.insert(arguments.end(), fields.begin(), fields.end());
    const auto reply = TRY(m_connection.call("issue_for_user", {grant, access, refresh}, views_of(arguments)));
    if (reply.elements.size() != 2)
        return fail(ErrorCode::temporarily_unavailable, "the server cannot use its storage", "issue_for_user");
    return Issued{reply.elements[0].integer, reply.elements[1].integer, std::string(scope), owner.subject,
                  owner.auth_time};
}

Result<std::optional<TokenFacts>> Grants::inspect(TokenKind kind, const SplitToken& token)
{
    const auto key = token_key(family_of(kind), token);
    const auto grant = grant_key("grant", token.grant_id());
    auto reply = TRY(m_connection.look("inspect", {key, grant}, {token.secret_sha256()}));
    auto& facts = reply.elements;
    if (facts.size() != 9)
        return std::nullopt;
    const auto seconds = [&](std::size_t i) { return parse_number<Seconds>(facts[i].text).value_or(0); };
    return TokenFacts{std::move(facts[0].text),
                      std::move(facts[1].text),
                      std::move(facts[2].text),
                      std::move(facts[3].text),
                      seconds(4),
                      seconds(5),
                      seconds(6),
                      std::move(facts[7].text),
                      std::move(facts[8].text)};
}

Result<Revocation> Grants::revoke_token(TokenKind kind, const SplitToken& token, std::string_view client_id)
{
    const auto key = token_key(family_of(kind), token);
    const auto grant = grant_key("grant", token.grant_id());
    auto reply =
        TRY(m_connection.call("revoke_token", {key, grant}, {token.secret_sha256(), client_id, family_of(kind)}));
    if (reply.elements.empty())
        return Revocation{Revocation::Outcome::unknown};
    Revocation revocation = {outcome_named(reply.elements[0].text, revocations)};
    if (reply.elements.size() > 1)
        revocation.subject = std::move(reply.elements[1].text);
    return revocation;
}

Result<Redemption> Grants::redeem_code(const CodePresented& presented, const TokenPair& successor, Seconds now,
                                       const Lifetimes& lifetimes)
{
    const auto code = token_key("code", presented.code);
    const auto grant = grant_key("grant", presented.code.grant_id());
    const auto access = token_key("access", successor.access);
    const auto refresh = refresh_key_of(successor);
    const auto deadline = TRY(m_connection.deadline());
    const auto reply = TRY(m_connection.call(
        "redeem_code", {code, grant, access, refresh},
        {std::to_string(now), presented.code.secret_sha256(), presented.client_id, presented.redirect_uri,
         presented.code_challenge, std::to_string(lifetimes.access_token), std::to_string(lifetimes.refresh_token),
         access_sha256_of(successor), refresh_sha256_of(successor), deadline,
         std::to_string(presented.client_registered_at), presented.can_sign ? "1" : ""}));
    if (reply.elements.empty())
        return Redemption{Redemption::Outcome::unknown};
    return Redemption{outcome_named(reply.elements[0].text, redemptions), issued_from(reply), has_ended_grant(reply)};
}

Result<Rotation> Grants::rotate_refresh(const RefreshPresented& presented, const TokenPair& successor, Seconds now,
                                        const Lifetimes& lifetimes)
{
    const auto token = token_key("refresh", presented.token);
    const auto grant = grant_key("grant", presented.token.grant_id());
    const auto access = token_key("access", successor.access);
    const auto refresh = refresh_key_of(successor);
    const auto deadline = TRY(m_connection.deadline());
    const auto reply = TRY(m_connection.call(
        "rotate_refresh", {token, grant, access, refresh},
        {std::to_string(now), presented.token.secret_sha256(), presented.client_id, presented.scope,
         std::to_string(lifetimes.access_token), std::to_string(lifetimes.refresh_token), access_sha256_of(successor),
         refresh_sha256_of(successor), std::to_string(presented.grace), presented.sealed, deadline,
         std::to_string(presented.client_registered_at), presented.can_sign ? "1" : ""}));
    if (reply.elements.empty())
        return Rotation{Rotation::Outcome::unknown};
    Rotation rotation{outcome_named(reply.elements[0].text, rotations), issued_from(reply)};
    if (reply.elements.size() > 7)
        rotation.sealed = reply.elements[7].text;
    rotation.has_ended_grant = has_ended_grant(reply);
    return rotation;
}

Result<bool> Grants::revoke(std::string_view grant_id)
{
    return TRY(m_connection.call("revoke_grant", {grant_key("grant", grant_id)}, {})).integer == 1;
}

Result<std::vector<bool>> Grants::revoke(const std::vector<std::string>& grant_ids)
{
    std::vector<Command> commands;
    for (const auto& id : grant_ids)
        commands.push_back(Connection::step("revoke_grant", {grant_key("grant", id)}, {}));
    const auto replies = TRY(m_connection.run(commands));
    std::vector<bool> ended;
    for (const auto& reply : replies)
        ended.push_back(reply.integer == 1);
    return ended;
}

Result<std::vector<Grants::Listed>> Grants::list()
{
    std::vector<Listed> grants;
    const auto tags = TRY(names_below(m_connection, "grant:"));
    for (const auto& tag : tags) {
        const auto key = "grant:" + tag;
        auto replies = TRY(m_connection.pipeline({{"HGETALL", key}, {"EXPIRETIME", key}}));
        const Record record(std::move(replies[0]));
        const auto id = std::string_view(tag).substr(1, grant_id_length); // {g}
        if (!record.exists()) // it has ended meanwhile
            continue;
        const auto& user_name = record["username"].empty() ? record["sub"] : record["username"];
        grants.push_back({std::string(id), record["client_id"], record["sub"], user_name, record["scope"],
                          record.number("issued_at"), replies[1].integer});
    }
    return grants;
}

Result<int> Grants::revoke_all_with(std::string_view field, std::string_view value, const Tell& tell)
{
    int revoked = 0;
    const auto tags = TRY(names_below(m_connection, "grant:"));
    for (const auto& tag : tags) {
        const auto key = "grant:" + tag;
        const Record grant(TRY(m_connection.command({"HGETALL", key})));
        const bool matches = grant[field] == value || (field == "sub" && grant["own_sub"] == value);
        if (value.empty() || !matches || TRY(m_connection.call("revoke_grant", {key}, {})).integer == 0)
            continue;
        ++revoked;
        if (tell)
            tell(std::string_view(tag).substr(1, grant_id_length)); // {g}
    }
    return revoked;
}

Result<int> Grants::revoke_all_of(std::string_view user_name, const Tell& tell)
{
    int revoked = 0;
    const auto grants = TRY(list());
    for (const auto& grant : grants) {
        if (grant.user_name != user_name || !TRY(revoke(grant.id)))
            continue;
        ++revoked;
        tell(grant.id);
    }
    return revoked;
}

Result<std::optional<Grants::Shown>> Grants::show(std::string_view grant_id, std::string_view selector)
{
    const auto grant = grant_key("grant", grant_id);
    for (const std::string_view family : {"access", "refresh", "code"}) {
        const auto key = grant_key(family, grant_id).append(selector);
        auto replies = TRY(m_connection.pipeline({{"HGETALL", key}, {"TTL", key}, {"EXISTS", grant}}));
        Record record(std::move(replies[0]));
        if (record.exists())
            return Shown{key, std::move(record), replies[1].integer, replies[2].integer == 1};
    }
    return std::nullopt;
}

} // namespace stile
