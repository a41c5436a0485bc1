#include "functions/stile/document.h"

#include "functions/stile/client_settings.h"
#include "functions/stile/user_claims.h"

#include "shared/base/text.h"
#include "shared/crypto/password.h"
#include "shared/crypto/strict_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <set>

namespace stile::admin {

namespace {

using Object = nlohmann::json;

constexpr std::string_view format = "stile clients and users";
constexpr std::int64_t version = 1;
constexpr std::size_t size_limit = 256U * 1024 * 1024;

Json json_of(const std::vector<Entry>& entries)
{
    std::string text = "[";
    for (const auto& entry : entries)
        text.append(text.size() > 1 ? "," : "").append(to_json(entry));
    return {text + "]"};
}

std::unexpected<OAuthError> refuse(const std::string& place, const std::string& why)
{
    return fail(ErrorCode::invalid_request, place + ": " + why);
}

// What a document calls its fields must not move the cursor of a terminal.
std::string printable(std::string text)
{
    std::ranges::replace_if(text, [](char c) { return !is_vschar(c); }, '?');
    return text;
}

// An object of the document and where it stands. Reading what is not there leaves the value as it was.
class Reader {
public:
    Reader(const Object& object, std::string place) : m_object(object), m_place(std::move(place)) {}

    const std::string& place() const { return m_place; }
    std::string place_of(const std::string& name) const { return m_place.empty() ? name : m_place + "." + name; }

    // That it is an object with these fields, the first `required` of them, and no others.
    Result<void> has(std::size_t required, const std::vector<std::string>& names) const
    {
        if (!m_object.is_object())
            return refuse(m_place, "must be an object");
        for (const auto& [name, value] : m_object.items())
            if (std::ranges::find(names, name) == names.end())
                return refuse(place_of(printable(name)), "is an unknown field");
        for (std::size_t i = 0; i < required; ++i)
            if (!m_object.contains(names[i]))
                return refuse(place_of(names[i]), "is missing");
        return {};
    }

    Result<void> read(const std::string& name, std::string& text) const
    {
        return take(name, text, m_object.contains(name) && m_object[name].is_string(), "must be a string");
    }
    Result<void> read(const std::string& name, bool& yes) const
    {
        return take(name, yes, m_object.contains(name) && m_object[name].is_boolean(), "must be true or false");
    }
    Result<void> read(const std::string& name, Seconds& number) const
    {
        const bool fits = m_object.contains(name) && m_object[name].is_number_unsigned()
                          && m_object[name].get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max() * 64ULL;
        return take(name, number, fits, "must be a whole number of seconds");
    }
    Result<void> read(const std::string& name, std::vector<std::string>& texts) const
    {
        const bool is_list = m_object.contains(name) && m_object[name].is_array();
        if (is_list)
            for (std::size_t i = 0; i < m_object[name].size(); ++i)
                if (!m_object[name][i].is_string())
                    return refuse(place_of(name) + "[" + std::to_string(i) + "]", "must be a string");
        return take(name, texts, is_list, "must be a list of strings");
    }
    // Of an object: names and values, as they stand.
    Result<std::vector<std::pair<std::string, std::string>>> members(const std::string& name) const
    {
        std::vector<std::pair<std::string, std::string>> members;
        if (!m_object.contains(name))
            return members;
        if (!m_object[name].is_object())
            return refuse(place_of(name), "must be an object");
        for (const auto& [member, value] : m_object[name].items())
            members.emplace_back(member, value.dump());
        return members;
    }
    Result<std::vector<Reader>> list(const std::string& name) const
    {
        if (!m_object[name].is_array())
            return refuse(place_of(name), "must be a list");
        std::vector<Reader> readers;
        readers.reserve(m_object[name].size());
        for (std::size_t i = 0; i < m_object[name].size(); ++i)
            readers.emplace_back(m_object[name][i], place_of(name) + "[" + std::to_string(i) + "]");
        return readers;
    }

private:
    template <typename Value>
    Result<void> take(const std::string& name, Value& value, bool fits, const char* expectation) const
    {
        if (!m_object.contains(name))
            return {};
        if (!fits)
            return refuse(place_of(name), expectation);
        value = m_object[name].template get<Value>();
        return {};
    }

    const Object& m_object;
    std::string m_place;
};

// OpenID Connect: what a client has registered.
Result<void> read_openid(const Reader& from, ClientSettings& settings)
{
    TRY(from.read("id_token_signed_response_alg", settings.id_token_signed_response_alg));
    TRY(from.read("userinfo_signed_response_alg", settings.userinfo_signed_response_alg));
    TRY(from.read("subject_type", settings.subject_type));
    TRY(from.read("post_logout_redirect_uris", settings.post_logout_redirect_uris));
    return from.read("backchannel_logout_uri", settings.backchannel_logout_uri);
}

Result<Client> read_client(const Reader& from, Seconds now, const std::string& pairwise_salt)
{
    TRY(from.has(1, {"client_id", "name", "token_endpoint_auth_method", "scope", "grant_types", "redirect_uris",
                     "require_pkce", "introspect", "refresh_grace", "access_token_alg", "audience", "jwks",
                     "id_token_signed_response_alg", "userinfo_signed_response_alg", "subject_type",
                     "post_logout_redirect_uris", "backchannel_logout_uri", "secret_hash", "created_at"}));
    ClientSettings settings;
    TRY(from.read("client_id", settings.client_id));
    TRY(from.read("name", settings.name));
    TRY(from.read("token_endpoint_auth_method", settings.token_endpoint_auth_method));
    TRY(from.read("scope", settings.scope));
    TRY(from.read("grant_types", settings.grant_types));
    TRY(from.read("redirect_uris", settings.redirect_uris));
    TRY(from.read("require_pkce", settings.require_pkce));
    TRY(from.read("introspect", settings.introspect));
    TRY(from.read("refresh_grace", settings.refresh_grace));
    TRY(from.read("access_token_alg", settings.access_token_alg));
    TRY(from.read("audience", settings.audience));
    TRY(read_openid(from, settings));
    auto client = client_from(settings);
    if (!client) {
        const auto& [setting, index, why] = client.error();
        const auto place = from.place_of(setting);
        return refuse(index ? place + "[" + std::to_string(*index) + "]" : place, printable(why));
    }
    if (settings.subject_type == "pairwise" && pairwise_salt.empty())
        return refuse(from.place_of("subject_type"), "is pairwise: the document lacks the pairwise_salt");
    if (settings.subject_type == "pairwise")
        client->pairwise_salt = pairwise_salt;
    client->registered_at = now;
    TRY(from.read("secret_hash", client->secret_hash));
    TRY(from.read("created_at", client->registered_at));
    if (client->is_public() && !client->secret_hash.empty())
        return refuse(from.place_of("secret_hash"), "does not belong to a public client");
    if (!client->is_public() && !is_secret_hash(client->secret_hash))
        return refuse(from.place_of("secret_hash"), "is not a hash in stile's format ($argon2id$… or $sha256$…)");
    return client.take();
}

Result<Profile> read_claims(const Reader& from)
{
    Profile claims;
    const auto members = TRY(from.members("claims"));
    for (const auto& [name, text] : members) {
        if (const auto why = why_not_claim(name, text))
            return refuse(from.place_of("claims") + "." + printable(name), *why);
        claims.emplace(name, text);
    }
    if (is_too_large(claims))
        return refuse(from.place_of("claims"), "are longer than 8192 bytes");
    return claims;
}

Result<KnownUser> read_user(const Reader& from, Seconds now)
{
    TRY(from.has(3, {"user", "sub", "password_hash", "created_at", "claims"}));
    User user = {.registered_at = now};
    TRY(from.read("user", user.name));
    TRY(from.read("sub", user.subject));
    TRY(from.read("password_hash", user.password_hash));
    TRY(from.read("created_at", user.registered_at));
    if (canonical_user_name(user.name) != user.name)
        return refuse(from.place_of("user"), "must be 1 to 128 of a-z 0-9 . _ @ + -");
    if (!is_subject(user.subject))
        return refuse(from.place_of("sub"), "must be 1 to 255 visible ASCII characters without ':'");
    if (!is_slow_hash(user.password_hash) || !is_secret_hash(user.password_hash)) // people choose passwords
        return refuse(from.place_of("password_hash"), "is not a password hash in stile's format ($argon2id$…)");
    const auto claims = TRY(read_claims(from));
    return KnownUser{user, claims};
}

// Nobody may guess it: who knows the salt can tell whose sub is whose.
bool is_pairwise_salt(std::string_view text)
{
    return text.size() >= 43 && text.size() <= 128 && all_of(text, is_base62);
}

// Two of one name would leave it to chance which of them counts.
Result<void> check_new(std::set<std::string>& names, const std::string& name, const std::string& place)
{
    if (!names.insert(name).second)
        return refuse(place, name + " appears twice in the document");
    return {};
}

Result<Object> parse(std::string_view text)
{
    if (auto object = parse_strict_object(text, size_limit))
        return std::move(*object);
    try {
        [[maybe_unused]] const auto parsed = Object::parse(text);
    } catch (const Object::parse_error& error) { // which quotes the text, and there are hashes in it
        return refuse("byte " + std::to_string(error.byte), "is not JSON");
    }
    return refuse("the document", "must be an object without duplicate fields");
}

} // namespace

std::string to_json(const Document& document)
{
    std::vector<Entry> clients;
    for (const auto& client : document.clients) {
        clients.push_back(entry_of(client));
        if (!client.is_public())
            clients.back().push_back({"secret_hash", client.secret_hash});
        clients.back().push_back({"created_at", client.registered_at});
    }
    std::vector<Entry> users;
    users.reserve(document.users.size());
    for (const auto& [user, claims] : document.users) {
        users.push_back({{"user", user.name},
                         {"sub", user.subject},
                         {"password_hash", user.password_hash},
                         {"created_at", user.registered_at}});
        if (!claims.empty())
            users.back().push_back({"claims", Json{to_json(claims)}});
    }
    Entry entry = {{"format", std::string(format)},
                   {"version", version},
                   {"clients", json_of(clients)},
                   {"users", json_of(users)}};
    if (!document.pairwise_salt.empty())
        entry.push_back({"pairwise_salt", document.pairwise_salt});
    return to_json(entry);
}

Result<Document> document_from(std::string_view text, Seconds now)
{
    const auto object = TRY(parse(text));
    const Reader root(object, "");
    TRY(root.has(4, {"format", "version", "clients", "users", "pairwise_salt"}));
    if (object["format"] != format || object["version"] != version)
        return refuse("format", "must be \"" + std::string(format) + "\" of version " + std::to_string(version));
    Document document;
    TRY(root.read("pairwise_salt", document.pairwise_salt));
    if (object.contains("pairwise_salt") && !is_pairwise_salt(document.pairwise_salt))
        return refuse("pairwise_salt", "must be 43 to 128 letters and digits");
    std::set<std::string> ids, names;
    const auto clients = TRY(root.list("clients"));
    for (const auto& from : clients) {
        document.clients.push_back(TRY(read_client(from, now, document.pairwise_salt)));
        TRY(check_new(ids, document.clients.back().id, from.place_of("client_id")));
    }
    const auto users = TRY(root.list("users"));
    for (const auto& from : users) {
        document.users.push_back(TRY(read_user(from, now)));
        TRY(check_new(names, document.users.back().user.name, from.place_of("user")));
    }
    return document;
}

} // namespace stile::admin
