#include "shared/store/grant_lists.h"

#include "shared/oauth/split_token.h"
#include "shared/store/grants.h"
#include "shared/store/indices.h"
#include "shared/store/keys.h"
#include "shared/store/scan.h"

#include <algorithm>

namespace stile {

namespace {

constexpr std::size_t at_once = 500; // grants in one round trip

} // namespace

Result<std::vector<GrantLists::Listed>> GrantLists::described(const std::vector<std::string>& ids)
{
    std::vector<Listed> grants;
    for (std::size_t begin = 0; begin < ids.size(); begin += at_once) {
        const auto end = std::min(ids.size(), begin + at_once);
        std::vector<Command> questions;
        for (std::size_t i = begin; i < end; ++i) {
            const auto key = grant_key("grant", ids[i]);
            questions.push_back({"HGETALL", key});
            questions.push_back({"EXPIRETIME", key});
        }
        auto replies = TRY(m_connection.run(questions));
        for (std::size_t i = begin; i < end; ++i) {
            const Record record(std::move(replies[2 * (i - begin)]));
            if (!record.exists()) // it has ended
                continue;
            const auto& user_name = record["username"].empty() ? record["sub"] : record["username"];
            const auto& public_sub = record["own_sub"].empty() ? record["sub"] : record["own_sub"];
            grants.push_back({ids[i], record["client_id"], record["sub"], user_name, record["scope"],
                              record.number("issued_at"), replies[2 * (i - begin) + 1].integer, public_sub});
        }
    }
    return grants;
}

Result<std::vector<GrantLists::Listed>> GrantLists::list()
{
    auto ids = TRY(names_below(m_connection, "grant:"));
    for (auto& id : ids)
        id = id.substr(1, grant_id_length); // {g}
    return described(ids);
}

Result<std::vector<GrantLists::Listed>> GrantLists::list_of_client(std::string_view client_id)
{
    const auto ids = TRY(names_of(m_connection, client_grants, client_id));
    auto grants = TRY(described(ids));
    std::erase_if(grants, [&](const Listed& grant) { return grant.client_id != client_id; });
    return grants;
}

Result<std::vector<GrantLists::Listed>> GrantLists::list_of_subject(std::string_view subject)
{
    const auto ids = TRY(names_of(m_connection, user_grants, subject));
    auto grants = TRY(described(ids));
    std::erase_if(grants, [&](const Listed& grant) { return grant.subject != subject && grant.public_sub != subject; });
    return grants;
}

Result<int> GrantLists::revoke_all(const std::vector<Listed>& grants, const Tell& tell)
{
    int revoked = 0;
    for (std::size_t begin = 0; begin < grants.size(); begin += at_once) {
        std::vector<std::string> ids;
        for (std::size_t i = begin; i < std::min(grants.size(), begin + at_once); ++i)
            ids.push_back(grants[i].id);
        const auto ended = TRY(Grants(m_connection).revoke(ids));
        for (std::size_t i = 0; i < ids.size(); ++i) {
            revoked += ended[i] ? 1 : 0;
            if (ended[i] && tell)
                tell(ids[i]);
        }
    }
    return revoked;
}

Result<int> GrantLists::revoke_all_of_client(std::string_view client_id, const Tell& tell)
{
    const auto grants = TRY(list_of_client(client_id));
    return revoke_all(grants, tell);
}

Result<int> GrantLists::revoke_all_of_subject(std::string_view subject, const Tell& tell)
{
    const auto grants = TRY(list_of_subject(subject));
    return revoke_all(grants, tell);
}

Result<int> GrantLists::revoke_all_of_user(std::string_view user_name, const Tell& tell)
{
    const auto ids = TRY(names_of(m_connection, user_grants, user_name));
    auto grants = TRY(described(ids));
    std::erase_if(grants, [&](const Listed& grant) { return grant.user_name != user_name; });
    return revoke_all(grants, tell);
}

Result<std::optional<GrantLists::Shown>> GrantLists::show(std::string_view grant_id, std::string_view selector)
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
