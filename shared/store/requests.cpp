#include "shared/store/requests.h"

#include "shared/base/text.h"
#include "shared/store/keys.h"

namespace stile {

Result<void> Requests::park(const ParkedRequest& parked, Seconds now, Seconds lifetime)
{
    const auto& request = parked.request;
    const auto key = grant_key("request", parked.id);
    const auto since = request.authenticated_since > 0 ? std::to_string(request.authenticated_since) : std::string();
    const auto essential_acr = join(request.essential_acr, " ");
    const Command fields = {"client_id",
                            request.client_id,
                            "scope",
                            request.scope.to_string(),
                            "issued_at",
                            std::to_string(now),
                            "redirect_uri",
                            request.redirect_uri,
                            "redirect_uri_was_sent",
                            request.redirect_uri_was_sent ? "1" : "",
                            "response_mode",
                            request.response_mode == ResponseMode::form_post ? "form_post" : "",
                            "state",
                            request.state,
                            "code_challenge",
                            request.code_challenge,
                            "nonce",
                            request.nonce,
                            "id_token_claims",
                            request.id_token_claims,
                            "userinfo_claims",
                            request.userinfo_claims,
                            "asks_consent",
                            request.requires_consent ? "1" : "",
                            "authenticated_since",
                            since,
                            "not_session",
                            request.not_session,
                            "expected_sub",
                            request.expected_subject,
                            "essential_acr",
                            essential_acr,
                            "login_hint",
                            request.login_hint,
                            "ui_locales",
                            request.ui_locales,
                            "secret_sha256",
                            parked.secret_sha256};
    TRY(m_connection.call(Step("save_record").key("record_key", key).with("ttl", lifetime).fields(fields)));
    return {};
}

Result<std::optional<ParkedRequest>> Requests::find(std::string_view id)
{
    const auto key = grant_key("request", id);
    const Record record(TRY(m_connection.command({"HGETALL", key})));
    if (!record.exists())
        return std::nullopt;
    ParkedRequest parked;
    parked.id = id;
    parked.request.client_id = record["client_id"];
    parked.request.redirect_uri = record["redirect_uri"];
    parked.request.redirect_uri_was_sent = record["redirect_uri_was_sent"] == "1";
    parked.request.scope = TRY(Scope::parse(record["scope"]));
    parked.request.state = record["state"];
    parked.request.code_challenge = record["code_challenge"];
    parked.request.response_mode =
        record["response_mode"] == "form_post" ? ResponseMode::form_post : ResponseMode::query;
    parked.request.nonce = record["nonce"];
    parked.request.id_token_claims = record["id_token_claims"];
    parked.request.userinfo_claims = record["userinfo_claims"];
    parked.request.requires_consent = record["asks_consent"] == "1";
    parked.request.authenticated_since = record.number("authenticated_since");
    parked.request.not_session = record["not_session"];
    parked.request.expected_subject = record["expected_sub"];
    for (const auto word : split(record["essential_acr"], ' '))
        parked.request.essential_acr.emplace_back(word);
    parked.request.login_hint = record["login_hint"];
    parked.request.ui_locales = record["ui_locales"];
    parked.secret_sha256 = record["secret_sha256"];
    parked.is_answered = !record["answer"].empty();
    return parked;
}

Result<ApprovalOutcome> Requests::approve(const Approval& approval, Seconds now, const Lifetimes& lifetimes)
{
    std::vector<Command> commands = {Step("approve_request")
                                         .key("request_key", grant_key("request", approval.request_id))
                                         .key("code_key", token_key("code", approval.code))
                                         .key("grant_key", grant_key("grant", approval.request_id))
                                         .with("now", now)
                                         .with("code_ttl", lifetimes.code)
                                         .with("grant_ttl", lifetimes.grant)
                                         .with("browser_sha256", approval.browser_sha256)
                                         .with("code_sha256", approval.code.secret_sha256())
                                         .with("sub", approval.owner.subject)
                                         .fields(grant_fields_of(approval.owner))
                                         .command()};
    const auto notes = Grants::index_commands(approval.request_id, approval.client_id, approval.owner, lifetimes);
    commands.insert(commands.end(), notes.begin(), notes.end());
    auto replies = TRY(m_connection.run(commands));
    const Record reply(std::move(replies.front()));
    const auto& outcome = reply["outcome"];
    if (outcome == "approved")
        return ApprovalOutcome::approved;
    if (outcome == "repeated")
        return ApprovalOutcome::repeated;
    return outcome == "answered" ? ApprovalOutcome::answered : ApprovalOutcome::unknown;
}

Result<DenialOutcome> Requests::deny(std::string_view request_id, std::string_view browser_sha256)
{
    const auto reply = TRY(m_connection.call(Step("deny_request")
                                                 .key("request_key", grant_key("request", request_id))
                                                 .with("browser_sha256", browser_sha256)));
    const auto& outcome = reply["outcome"];
    if (outcome == "denied")
        return DenialOutcome::denied;
    return outcome == "answered" ? DenialOutcome::answered : DenialOutcome::unknown;
}

} // namespace stile
