#include "shared/oauth/claims.h"

#include "shared/base/text.h"

#include <algorithm>
#include <array>

namespace stile {

namespace {

constexpr std::array<std::string_view, 6> scopes = {"openid", "profile", "email", "address", "phone", "offline_access"};

struct StandardClaim {
    std::string_view name;
    std::string_view scope;
};

// OpenID Connect Core §5.1, §5.4.
constexpr std::array known = {
    StandardClaim{"name", "profile"},
    StandardClaim{"given_name", "profile"},
    StandardClaim{"family_name", "profile"},
    StandardClaim{"middle_name", "profile"},
    StandardClaim{"nickname", "profile"},
    StandardClaim{"preferred_username", "profile"},
    StandardClaim{"profile", "profile"},
    StandardClaim{"picture", "profile"},
    StandardClaim{"website", "profile"},
    StandardClaim{"email", "email"},
    StandardClaim{"email_verified", "email"},
    StandardClaim{"gender", "profile"},
    StandardClaim{"birthdate", "profile"},
    StandardClaim{"zoneinfo", "profile"},
    StandardClaim{"locale", "profile"},
    StandardClaim{"phone_number", "phone"},
    StandardClaim{"phone_number_verified", "phone"},
    StandardClaim{"address", "address"},
    StandardClaim{"updated_at", "profile"},
};

constexpr auto names = []() {
    std::array<std::string_view, known.size()> all;
    for (std::size_t i = 0; i < known.size(); ++i)
        all[i] = known[i].name;
    return all;
}();

// Claims that the protocol sets for a login, a client or a token; a user record cannot have them.
constexpr std::array<std::string_view, 23> protocol_claims = {"iss",          "sub",
                                                              "aud",          "exp",
                                                              "iat",          "nbf",
                                                              "jti",          "auth_time",
                                                              "nonce",        "acr",
                                                              "amr",          "azp",
                                                              "at_hash",      "sid",
                                                              "c_hash",       "cnf",
                                                              "events",       "scope",
                                                              "scopes",       "client_id",
                                                              "_claim_names", "_claim_sources",
                                                              "typ"};

} // namespace

std::span<const std::string_view> standard_claims()
{
    return names;
}

std::span<const std::string_view> standard_scopes()
{
    return scopes;
}

bool is_claim_name(std::string_view name)
{
    return !name.empty() && name.size() <= 64 && std::ranges::find(protocol_claims, name) == protocol_claims.end()
           && all_of(name, [](char c) { return is_base62(c) || std::string_view("_.:/-").contains(c); });
}

std::string_view scope_of_claim(std::string_view claim)
{
    const auto found = std::ranges::find(known, claim, &StandardClaim::name);
    return found != known.end() ? found->scope : claim;
}

std::string claims_within(std::string_view claims, const Scope& scope)
{
    std::vector<std::string> within;
    for (const auto name : split(claims, ' '))
        if (!name.empty() && scope.contains(scope_of_claim(name)))
            within.emplace_back(name);
    return join(within, " ");
}

std::vector<std::string> claims_of(const Scope& scope)
{
    std::vector<std::string> claims;
    for (const auto& claim : known)
        if (scope.contains(claim.scope))
            claims.emplace_back(claim.name);
    for (const auto& word : scope.words())
        if (std::ranges::find(scopes, word) == scopes.end() && is_claim_name(word)
            && std::ranges::find(names, word) == names.end())
            claims.push_back(word);
    return claims;
}

} // namespace stile
