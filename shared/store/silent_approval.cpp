#include "shared/store/silent_approval.h"

#include "shared/store/keys.h"

namespace stile {

Result<SilentApproval> SilentApprovals::try_to(const Asked& asked, Seconds now, const Lifetimes& lifetimes)
{
    std::vector<Command> commands = {Consents::finding(asked.request.client_id, asked.subject),
                                     Grants::issuing_code(asked.code, asked.request, asked.owner, now, lifetimes)};
    const Sessions::GrantOfSession grant = {asked.session_id,          asked.first_session_id,
                                            asked.code.grant_id(),     asked.request.client_id,
                                            asked.request.is_openid(), asked.request.scope.contains("offline_access")};
    const auto recording = Sessions::record_grant_commands(grant, lifetimes.session);
    commands.insert(commands.end(), recording.begin(), recording.end());
    auto replies = TRY(m_connection.run(commands));
    const bool is_there = Sessions::session_exists(replies);
    const auto noted = asked.request.is_openid() ? Sessions::grant_count(replies) : 0;
    return SilentApproval{TRY(Consents::found(std::move(replies.front()))), is_there, noted};
}

Result<void> SilentApprovals::take_back(const Asked& asked)
{
    const auto& grant_id = asked.code.grant_id();
    TRY(m_connection.run({Grants::revoking(grant_id),
                          {"DEL", token_key("code", asked.code)},
                          Sessions::remove_grant_command(asked.first_session_id, grant_id)}));
    return {};
}

} // namespace stile
