#include "functions/stile/user/claims.h"

#include "shared/base/shown_text.h"
#include "shared/base/strict_json.h"
#include "shared/base/text.h"
#include "shared/oauth/claims.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace stile::admin {

namespace {

using nlohmann::json;

std::unexpected<OAuthError> refuse(const std::string& sentence)
{
    return fail(ErrorCode::invalid_request, sentence);
}

// Within an exported document the value lies deeper; it must still be readable there.
constexpr int most_levels = 4;

int depth_of(const json& value)
{
    int depth = 0;
    if (value.is_structured())
        for (const auto& element : value)
            depth = std::max(depth, depth_of(element));
    return depth + (value.is_structured() ? 1 : 0);
}

// A JSON value without duplicate members. Parsed as the member of an object, since only objects are parsed strictly.
std::optional<json> parse_value(std::string_view text)
{
    const auto object = parse_strict_object(std::string(R"({"value":)").append(text).append("}"), largest_profile);
    if (!object || object->size() != 1
        || depth_of(object->at("value")) > most_levels) // a second member means that the text closed the value itself
        return std::nullopt;
    return object->at("value");
}

bool is_true_or_false(std::string_view claim)
{
    return claim == "email_verified" || claim == "phone_number_verified";
}

// OpenID Connect Core §5.1: the standard claims whose value is a string.
bool is_textual(std::string_view claim)
{
    const auto known = standard_claims();
    return std::ranges::find(known, claim) != known.end() && !is_true_or_false(claim) && claim != "address"
           && claim != "updated_at";
}

bool is_text(const json& value)
{
    return value.is_string() && !value.get_ref<const std::string&>().empty();
}

// Rough check against typing errors; the full grammar is RFC 5322 §3.4.1.
bool is_address(const std::string& text)
{
    const auto at = text.rfind('@');
    return at != std::string::npos && at > 0 && at + 1 < text.size()
           && all_of(text, [](char c) { return c != ' ' && (static_cast<unsigned char>(c) >= 0x20) && c != 0x7f; });
}

std::optional<std::string> why_not(std::string_view claim, const json& value)
{
    if (value.is_null())
        return "is null: use --unset-claim to remove a claim";
    if (is_true_or_false(claim) && !value.is_boolean())
        return "must be true or false";
    if (claim == "updated_at" && !value.is_number_unsigned())
        return "must be a whole number of seconds since 1970";
    if (claim == "address" && (!value.is_object() || value.empty() || !std::ranges::all_of(value, is_text)))
        return R"(must be an object of strings, such as {"locality":"Rome"} (OpenID Connect Core 5.1.1))";
    if (is_textual(claim) && !is_text(value))
        return "must be a string that is not empty: put it into \"…\" if it looks like another type";
    if (claim == "email" && !is_address(value.get_ref<const std::string&>()))
        return "must be an e-mail address";
    return std::nullopt;
}

std::optional<std::string> why_not_name(std::string_view name)
{
    if (is_claim_name(name))
        return std::nullopt;
    return "is not a valid claim name: 1 to 64 of A-Z a-z 0-9 _ . : / -, and no claim of the protocol itself, "
           "such "
           "as sub";
}

// OpenID Connect Core §5.1: the claims that name the user.
bool is_a_name(std::string_view claim)
{
    constexpr std::array<std::string_view, 6> names = {"name",        "given_name", "family_name",
                                                       "middle_name", "nickname",   "preferred_username"};
    return std::ranges::find(names, claim) != names.end();
}

// Of what is given anew; documents of earlier versions may have other names.
std::optional<std::string> why_not_shown(std::string_view claim, std::string_view json_text)
{
    const auto value = is_a_name(claim) ? parse_value(json_text) : std::nullopt;
    if (!value || !value->is_string() || is_shown_as_it_is(value->get_ref<const std::string&>()))
        return std::nullopt;
    return "has a character that is not shown as it is: a control character, one that changes the direction of text, "
           "or "
           "an invisible one";
}

// The text as a JSON string; nothing if it is not UTF-8.
std::optional<std::string> quoted(const std::string& text)
{
    try {
        return json(text).dump();
    } catch (const json::type_error&) {
        return std::nullopt;
    }
}

// Whether a text that is not valid JSON is taken as a string. Not if it looks like JSON with an error in it.
bool is_plain(std::string_view claim, std::string_view text)
{
    if (text.empty() || std::string_view("{[\"").contains(text.front()))
        return false;
    if (is_textual(claim))
        return true;
    constexpr std::array<std::string_view, 3> words = {"true", "false", "null"};
    return !is_digit(text.front()) && text.front() != '-' && std::ranges::find(words, to_lower(text)) == words.end();
}

Result<std::string> value_from(const std::string& claim, const std::string& text)
{
    if (const auto value = parse_value(text))
        return value->dump();
    const auto plain = is_plain(claim, text) ? quoted(text) : std::nullopt;
    if (!plain)
        return refuse("--claim " + claim + " is not valid JSON, or is nested deeper than 4");
    return *plain;
}

class Collector {
public:
    Result<void> add(const std::string& option, const std::string& claim, const std::optional<std::string>& json_text)
    {
        if (!json_text)
            return refuse(option + " is not UTF-8");
        if (const auto why = json_text->empty() ? why_not_name(claim) : why_not_claim(claim, *json_text))
            return refuse(option + " " + *why);
        if (const auto why = why_not_shown(claim, *json_text))
            return refuse(option + " " + *why);
        if (!m_claims.emplace(claim, *json_text).second)
            return refuse(option + " is given twice");
        return {};
    }
    Profile take() { return std::move(m_claims); }

private:
    Profile m_claims;
};

} // namespace

void add_claim_options(Command& command, ClaimOptions& options)
{
    command.add_option("--email", options.email, "The claim email");
    command.add_option("--name", options.name, "The claim name: the full name");
    command
        .add_option("--claim", options.claims,
                    "Any other claim, such as locale=fr, email_verified=true or groups='[\"a\"]'. The value is JSON,\n"
                    "or a string if it does not look like JSON. A claim that OpenID Connect does not define is\n"
                    "returned with the scope of its name. Repeatable")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
}

void add_unset_claim_option(Command& command, ClaimOptions& options)
{
    command.add_option("--unset-claim", options.unset, "Removes a claim; repeatable")
        ->type_name("KEY")
        ->allow_extra_args(false);
}

Result<Profile> claims_from(const ClaimOptions& options)
{
    Collector collector;
    if (options.email)
        TRY(collector.add("--email", "email", quoted(*options.email)));
    if (options.name)
        TRY(collector.add("--name", "name", quoted(*options.name)));
    for (const auto& given : options.claims) {
        const auto equals = given.find('=');
        if (equals == std::string::npos)
            return refuse("--claim must be KEY=VALUE");
        const auto claim = given.substr(0, equals);
        if (const auto why = why_not_name(claim))
            return refuse("--claim " + *why);
        const auto value = TRY(value_from(claim, given.substr(equals + 1)));
        TRY(collector.add("--claim " + claim, claim, value));
    }
    for (const auto& claim : options.unset)
        TRY(collector.add("--unset-claim " + claim, claim, ""));
    return collector.take();
}

std::optional<std::string> why_not_claim(std::string_view name, std::string_view text)
{
    if (auto why = why_not_name(name))
        return why;
    const auto value = parse_value(text);
    return value ? why_not(name, *value) : "is not valid JSON, or is nested deeper than 4";
}

bool is_too_large(const Profile& claims)
{
    std::size_t size = 0;
    for (const auto& [name, text] : claims)
        size += name.size() + text.size();
    return size > largest_profile;
}

std::string to_json(const Profile& claims)
{
    auto object = json::object();
    for (const auto& [name, text] : claims)
        if (const auto value = parse_value(text))
            object[name] = *value;
    return object.dump();
}

std::vector<std::string> in_lines(const Profile& claims)
{
    std::vector<std::string> lines;
    for (const auto& [name, text] : claims)
        if (const auto value = parse_value(text); value && is_claim_name(name))
            lines.push_back(name + "=" + value->dump(-1, ' ', true));
    return lines;
}

} // namespace stile::admin
