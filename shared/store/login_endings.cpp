#include "shared/store/login_endings.h"

#include "shared/store/grants.h"
#include "shared/store/sessions.h"

namespace stile {

Result<std::vector<bool>> LoginEndings::end(const Ending& ending, std::int64_t now)
{
    std::vector<Command> commands;
    commands.reserve(ending.grant_ids.size() + 2);
    for (const auto& id : ending.grant_ids)
        commands.push_back(Grants::revoke_command(id));
    if (!ending.session_id.empty())
        commands.push_back(Sessions::end_command(ending.session_id));
    if (!ending.notices.empty())
        commands.push_back(LogoutNotices::add_command(ending.notices, now));
    auto replies = TRY(m_connection.run(commands));
    std::vector<bool> revoked;
    revoked.reserve(ending.grant_ids.size());
    for (std::size_t i = 0; i < ending.grant_ids.size(); ++i)
        revoked.push_back(Record(std::move(replies[i]))["outcome"] == "revoked");
    return revoked;
}

} // namespace stile
