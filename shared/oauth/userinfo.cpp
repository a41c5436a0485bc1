#include "shared/oauth/userinfo.h"

#include "shared/base/text.h"
#include "shared/oauth/claims.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace stile {

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& object)
{
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void add(Json& object, const UserInfo& info)
{
    object["sub"] = info.subject;
    for (const auto& [name, json] : info.claims)
        if (auto value = Json::parse(json, nullptr, false); !value.is_discarded())
            object[name] = std::move(value);
}

} // namespace

std::vector<std::string> userinfo_claims(const Scope& scope, std::string_view asked)
{
    auto names = claims_of(scope);
    for (const auto name : split(asked, ' '))
        if (std::ranges::find(names, name) == names.end())
            names.emplace_back(name);
    return names;
}

std::optional<std::string> known_claim(std::string_view name, const KnownClaims& known, std::string_view user_name)
{
    if (const auto found = known.find(name); found != known.end()) {
        const auto value = Json::parse(found->second, nullptr, false);
        const bool says_something = !value.is_discarded() && !value.is_null() && value != Json("");
        return says_something ? std::optional(found->second) : std::nullopt;
    }
    if (name == "preferred_username" && !user_name.empty())
        return text_of(user_name);
    return std::nullopt;
}

std::string to_json(const UserInfo& info)
{
    auto object = Json::object();
    add(object, info);
    return text_of(object);
}

Expected<std::string, JwsError> sign_userinfo(const UserInfo& info, std::string_view issuer, std::string_view client_id,
                                              const SigningKey& key)
{
    Json object = {{"iss", issuer}, {"aud", client_id}};
    add(object, info);
    return sign_jws(text_of(object), "", key);
}

} // namespace stile
