#include "shared/store/silent_approval.h"

#include "shared/store/keys.h"

namespace stile {

Result<SilentApproval> SilentApprovals::approve(const Request& silent, Seconds now, const Lifetimes& lifetimes)
{
    std::vector<Command> commands = {
        Consents::find_command(silent.request.client_id, silent.subject),
        Grants::issue_code_command(silent.code, silent.request, silent.owner, now, lifetimes)};
    const auto notes =
        Grants::index_commands(silent.code.grant_id(), silent.request.client_id, silent.owner, lifetimes);
    commands.insert(commands.end(), notes.begin(), notes.end());
    const Sessions::GrantOfSession grant = {
        silent.session_id,          silent.login_id,
        silent.code.grant_id(),     silent.request.client_id,
        silent.request.is_openid(), silent.request.scope.contains("offline_access")};
    const auto recording = Sessions::record_grant_commands(grant, lifetimes.session);
    commands.insert(commands.end(), recording.begin(), recording.end());
    auto replies = TRY(m_connection.run(commands));
    const bool exists = Sessions::session_exists(replies);
    const auto grant_count = silent.request.is_openid() ? Sessions::grant_count(replies) : 0;
    return SilentApproval{TRY(Consents::read_found(std::move(replies.front()))), exists, grant_count};
}

Result<void> SilentApprovals::revoke(const Request& silent)
{
    const auto& grant_id = silent.code.grant_id();
    TRY(m_connection.run({Grants::revoke_command(grant_id),
                          {"DEL", token_key("code", silent.code)},
                          Sessions::remove_grant_command(silent.login_id, grant_id)}));
    return {};
}

} // namespace stile
