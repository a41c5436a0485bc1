#include "tests/store/store.h"

#include "shared/store/keys.h"

#include <algorithm>

namespace stile {

Store::Store(Shared, const std::string& user)
    : connection(redis_server().address(user), clock),
      admin(redis_server().address("stile"), clock),
      as_operator(redis_server().address("operator"), clock),
      requests(connection),
      grants(connection)
{
}

Store::Store(const std::string& user) : Store(Shared(), user)
{
    ask({"FLUSHALL"});
}

AuthorizationRequest Store::request(const ARequest& how) const
{
    AuthorizationRequest request;
    request.client_id = "app";
    request.redirect_uri = how.redirect_uri;
    request.redirect_uri_was_sent = how.redirect_uri_was_sent;
    request.scope = must(Scope::parse(how.scope));
    request.state = "some state";
    request.code_challenge = how.code_challenge;
    return request;
}

SplitToken Store::code_of(std::string_view grant_id)
{
    return SplitToken::mint(grant_id, code_length, random);
}

std::string Store::park(const ARequest& how)
{
    ParkedRequest parked;
    parked.id = random.base62(grant_id_length);
    parked.request = request(how);
    parked.secret_sha256 = sha256_base64url("browser");
    must(requests.park(parked, noon, Lifetimes().request));
    return parked.id;
}

Result<ApprovalOutcome> Store::approve(std::string_view id, const SplitToken& code, std::string_view sub,
                                       std::string_view browser, const Lifetimes& lifetimes)
{
    const auto browser_sha256 = sha256_base64url(browser);
    const ResourceOwner owner = {std::string(sub), std::string(sub), noon - 60};
    return requests.approve({id, browser_sha256, owner, code, "app"}, noon, lifetimes);
}

SplitToken Store::issue_code(const ACode& how)
{
    auto code = code_of(random.base62(grant_id_length));
    const ResourceOwner owner = {"alice", how.user_name, how.now - 60};
    std::vector<Command> commands = {
        Grants::issue_code_command(code, request(how.request), owner, how.now, how.lifetimes)};
    const auto notes = Grants::index_commands(code.grant_id(), "app", owner, how.lifetimes);
    commands.insert(commands.end(), notes.begin(), notes.end());
    must(connection.run(commands));
    return code;
}

Result<Redeemed> Store::try_redeem(const SplitToken& code, const Presented& how)
{
    auto tokens = TokenPair::mint(code.grant_id(), how.refresh, random);
    auto redemption = TRY(grants.redeem_code({code, how.client_id, how.redirect_uri, how.code_challenge}, tokens,
                                             how.now, how.lifetimes));
    return Redeemed{std::move(redemption), std::move(tokens)};
}

Result<Rotated> Store::try_rotate(const SplitToken& token, const Refreshed& how)
{
    auto tokens = TokenPair::mint(token.grant_id(), true, random);
    auto rotation = TRY(grants.rotate_refresh({token, how.client_id, how.scope, how.grace, how.sealed}, tokens, how.now,
                                              how.lifetimes));
    return Rotated{std::move(rotation), std::move(tokens)};
}

TokenPair Store::tokens(const ACode& how)
{
    auto redeemed = redeem(issue_code(how), {.now = how.now, .lifetimes = how.lifetimes});
    REQUIRE(redeemed.outcome == Redemption::Outcome::issued);
    return std::move(redeemed.tokens);
}

std::vector<std::string> Store::keys(const std::string& pattern)
{
    std::vector<std::string> names;
    for (const auto& key : ask({"KEYS", pattern}).elements)
        names.push_back(key.text);
    std::ranges::sort(names);
    return names;
}

std::vector<std::string> Store::fields(const std::string& key)
{
    const auto found = record(key);
    std::vector<std::string> names;
    for (const auto& [name, value] : found.fields())
        names.push_back(name);
    std::ranges::sort(names);
    return names;
}

bool Store::is_live(std::string_view family, const SplitToken& token)
{
    const auto found = record(token_key(family, token));
    return found.exists() && found["used_at"].empty() && exists(grant_key("grant", token.grant_id()));
}

std::map<std::string, std::pair<std::string, std::int64_t>> Store::snapshot()
{
    std::map<std::string, std::pair<std::string, std::int64_t>> all;
    for (const auto& key : keys())
        all[key] = {ask({"DUMP", key}).text, ask({"PEXPIRETIME", key}).integer};
    return all;
}

std::vector<std::string> live_refresh_tokens(Store& store)
{
    std::vector<std::string> live;
    for (const auto& key : store.keys("refresh:*")) {
        const auto tag = key.substr(key.find('{'), grant_id_length + 2);
        if (store.record(key)["used_at"].empty() && store.exists("grant:" + tag))
            live.push_back(key);
    }
    return live;
}

} // namespace stile
