// Without a key for its ID tokens, an OpenID Connect client gets 503 from the token endpoint.
#include "functions/stile/check/checks.h"

#include "shared/base/text.h"

#include <algorithm>
#include <map>

namespace stile::admin {

namespace {

// The ids of the clients that need a key, by its algorithm.
Result<std::map<std::string, std::vector<std::string>>> needs(AdminContext& context)
{
    std::map<std::string, std::vector<std::string>> clients_of;
    const auto ids = TRY(context.clients.list());
    for (const auto& id : ids) {
        const auto client = TRY(context.clients.find(id));
        if (!client || !client->scope.contains("openid"))
            continue;
        const std::string id_token_alg(to_string(client->id_token_signed_response_alg));
        clients_of[id_token_alg].push_back(id);
        const auto& of_userinfo = client->userinfo_signed_response_alg;
        if (of_userinfo && to_string(*of_userinfo) != id_token_alg)
            clients_of[std::string(to_string(*of_userinfo))].push_back(id);
    }
    return clients_of;
}

std::string in_words(const std::vector<std::string>& ids)
{
    constexpr std::size_t enough = 3;
    const std::vector<std::string> first(ids.begin(),
                                         ids.begin() + static_cast<std::ptrdiff_t>(std::min(enough, ids.size())));
    const auto more = ids.size() > enough ? " and " + std::to_string(ids.size() - enough) + " more" : "";
    return (ids.size() == 1 ? "client " : "clients ") + join(first, ", ") + more;
}

} // namespace

Result<void> check_keys(AdminContext& context, CheckReport& report)
{
    const auto keys = TRY(context.signing_keys.list());
    const auto now = context.clock.now();
    const auto needed = TRY(needs(context));
    for (const auto& [algorithm, ids] : needed)
        report.require(std::ranges::any_of(keys,
                                           [&](const SigningKeyRecord& key) {
                                               return key.algorithm == algorithm && key.purpose == KeyPurpose::tokens
                                                      && key.signs_from <= now;
                                           }),
                       "there is a key for " + algorithm + ", which OpenID Connect needs for " + in_words(ids),
                       "no key signs with " + algorithm + ", which OpenID Connect needs for " + in_words(ids)
                           + "; run stile keys rotate --alg " + algorithm);
    return {};
}

} // namespace stile::admin
