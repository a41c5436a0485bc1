#include "shared/oauth/claims_request.h"

#include "shared/base/strict_json.h"
#include "shared/base/text.h"
#include "shared/oauth/claims.h"

#include <nlohmann/json.hpp>

namespace stile {

namespace {

using nlohmann::json;

constexpr std::size_t most_claims = 64;

std::unexpected<OAuthError> malformed()
{
    return fail(ErrorCode::invalid_request, "claims is not a JSON object as OpenID Connect Core 5.5 describes it");
}

// The claims that are requested from userinfo or in the ID token; null, or an object with conditions (§5.5.1).
Result<json> section(const json& request, const char* name)
{
    const auto found = request.find(name);
    if (found == request.end() || found->is_null())
        return json::object();
    if (!found->is_object() || found->size() > most_claims)
        return malformed();
    for (const auto& claim : *found)
        if (!claim.is_null() && !claim.is_object())
            return malformed();
    return *found;
}

std::vector<std::string> names_in(const json& wanted)
{
    std::vector<std::string> names;
    for (const auto& [name, how] : wanted.items())
        if (is_claim_name(name))
            names.push_back(name);
    return names;
}

// A value that can be compared with those of Stile: subjects and acr are words.
bool is_word(const json& value)
{
    const auto* text = value.get_ptr<const std::string*>();
    return text != nullptr && !text->empty() && all_of(*text, [](char c) { return c > 0x20 && c < 0x7f; });
}

// `value` and `values` of a claim (§5.5.1).
Result<std::vector<std::string>> values_of(const json& claim)
{
    std::vector<std::string> values;
    if (const auto one = claim.find("value"); one != claim.end()) {
        if (!is_word(*one))
            return malformed();
        values.push_back(one->get<std::string>());
    }
    if (const auto several = claim.find("values"); several != claim.end()) {
        if (!several->is_array())
            return malformed();
        for (const auto& value : *several) {
            if (!is_word(value))
                return malformed();
            values.push_back(value.get<std::string>());
        }
    }
    return values;
}

bool is_essential(const json& claim)
{
    const auto essential = claim.find("essential");
    return essential != claim.end() && essential->is_boolean() && essential->get<bool>();
}

} // namespace

Result<ClaimsRequest> parse_claims_request(std::string_view text)
{
    const auto parsed = parse_strict_object(text);
    if (!parsed)
        return malformed();
    const auto userinfo = TRY(section(*parsed, "userinfo"));
    const auto id_token = TRY(section(*parsed, "id_token"));
    ClaimsRequest request = {.userinfo = names_in(userinfo), .id_token = names_in(id_token)};
    if (const auto acr = id_token.find("acr"); acr != id_token.end() && acr->is_object() && is_essential(*acr))
        request.acr_values = TRY(values_of(*acr));
    for (const auto& wanted : {id_token, userinfo}) {
        const auto sub = wanted.find("sub");
        if (sub == wanted.end() || !sub->is_object())
            continue;
        const auto values = TRY(values_of(*sub));
        if (values.size() > 1 || (request.subject && !values.empty() && *request.subject != values.front()))
            return fail(ErrorCode::invalid_request, "claims requests more than one sub");
        if (!values.empty())
            request.subject = values.front();
    }
    return request;
}

} // namespace stile
