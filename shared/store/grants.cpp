#include "shared/store/grants.h"

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
};

constexpr std::array rotations = {
    std::pair{std::string_view("rotated"), Rotation::Outcome::rotated},
    std::pair{std::string_view("repeated"), Rotation::Outcome::repeated},
    std::pair{std::string_view("reused"), Rotation::Outcome::reused},
    std::pair{std::string_view("wider_scope"), Rotation::Outcome::wider_scope},
    std::pair{std::string_view("wrong_client"), Rotation::Outcome::wrong_client},
};

Issued issued_from(const Reply& reply)
{
    if (reply.elements.size() < 5)
        return {};
    return {reply.elements[1].integer, reply.elements[2].integer, reply.elements[3].text, reply.elements[4].text};
}

std::string refresh_key_of(const TokenPair& pair)
{
    // A client without refresh tokens still names a key: the step expects one, and writes nothing to it.
    return pair.refresh ? token_key("refresh", *pair.refresh) : grant_key("refresh", pair.access.grant_id());
}

std::string refresh_sha256_of(const TokenPair& pair)
{
    return pair.refresh ? pair.refresh->secret_sha256() : std::string();
}

} // namespace

Result<void> Grants::issue_code(const SplitToken& code, const AuthorizationRequest& request, std::string_view subject,
                                Seconds auth_time, Seconds now, const Lifetimes& lifetimes)
{
    const auto code_key = token_key("code", code);
    const auto grant = grant_key("grant", code.grant_id());
    TRY(m_connection.call("issue_code", {code_key, grant},
                          {std::to_string(now), std::to_string(lifetimes.code), std::to_string(lifetimes.grant),
                           code.secret_sha256(), request.client_id, subject, std::to_string(auth_time),
                           request.scope.to_string(), request.redirect_uri, request.redirect_uri_was_sent ? "1" : "",
                           request.code_challenge}));
    return {};
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
         successor.access.secret_sha256(), refresh_sha256_of(successor), deadline}));
    if (reply.elements.empty())
        return Redemption{Redemption::Outcome::unknown};
    return Redemption{outcome_named(reply.elements[0].text, redemptions), issued_from(reply)};
}

Result<Rotation> Grants::rotate_refresh(const RefreshPresented& presented, const TokenPair& successor, Seconds now,
                                        const Lifetimes& lifetimes)
{
    const auto token = token_key("refresh", presented.token);
    const auto grant = grant_key("grant", presented.token.grant_id());
    const auto access = token_key("access", successor.access);
    const auto refresh = refresh_key_of(successor);
    const auto deadline = TRY(m_connection.deadline());
    const auto reply = TRY(
        m_connection.call("rotate_refresh", {token, grant, access, refresh},
                          {std::to_string(now), presented.token.secret_sha256(), presented.client_id, presented.scope,
                           std::to_string(lifetimes.access_token), std::to_string(lifetimes.refresh_token),
                           successor.access.secret_sha256(), refresh_sha256_of(successor),
                           std::to_string(presented.grace), presented.sealed, deadline}));
    if (reply.elements.empty())
        return Rotation{Rotation::Outcome::unknown};
    Rotation rotation{outcome_named(reply.elements[0].text, rotations), issued_from(reply)};
    if (reply.elements.size() > 5)
        rotation.sealed = reply.elements[5].text;
    return rotation;
}

Result<int> Grants::revoke_all_with(std::string_view field, std::string_view value)
{
    int revoked = 0;
    const auto tags = TRY(names_below(m_connection, "grant:"));
    for (const auto& tag : tags) {
        const auto key = "grant:" + tag;
        const auto found = TRY(m_connection.command({"HGET", key, field}));
        if (!found.is_nil && found.text == value)
            revoked += static_cast<int>(TRY(m_connection.call("revoke_grant", {key}, {})).integer);
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
