#include "functions/stile/transfer/document.h"

#include "functions/stile/client/entry.h"
#include "functions/stile/transfer/reader.h"
#include "functions/stile/user/claims.h"

#include "shared/base/strict_json.h"
#include "shared/base/text.h"
#include "shared/crypto/password.h"
#include "shared/oauth/client_settings.h"

#include <nlohmann/json.hpp>

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

std::unexpected<OAuthError> refuse_setting(const Reader& from, const SettingError& error)
{
    const auto place = from.place_of(error.setting);
    return refuse(error.index ? place + "[" + std::to_string(*error.index) + "]" : place, printable(error.why));
}

// What a document of an older version may also say of a client; it is ignored.
constexpr const char* retired_setting = "jwks";

Result<Client> read_settings(const Reader& from)
{
    auto client = default_client("");
    TRY(from.read("client_id", client.id));
    for (const auto& setting : client_settings()) {
        auto value = setting.value(client);
        TRY(std::visit([&](auto& held) { return from.read(std::string(setting.name), held); }, value));
        if (const auto assigned = assign(client, setting, value); !assigned)
            return refuse_setting(from, assigned.error());
    }
    auto checked = checked_client(std::move(client));
    if (!checked)
        return refuse_setting(from, checked.error());
    return checked.take();
}

// A client counts as registered later than all its tokens, and gets none, until then.
Result<void> read_created_at(const Reader& from, Seconds now, Seconds& created_at)
{
    created_at = now;
    TRY(from.read("created_at", created_at));
    if (created_at > now)
        return refuse(from.place_of("created_at"), "is in the future");
    return {};
}

Result<Client> read_client(const Reader& from, Seconds now, const std::string& pairwise_salt)
{
    std::vector<std::string> names = {"client_id", "secret_hash", "created_at", retired_setting};
    for (const auto& setting : client_settings())
        names.emplace_back(setting.name);
    TRY(from.has(1, names));
    auto client = TRY(read_settings(from));
    if (client.is_pairwise && pairwise_salt.empty())
        return refuse(from.place_of("subject_type"), "is pairwise: the document lacks the pairwise_salt");
    if (client.is_pairwise)
        client.pairwise_salt = pairwise_salt;
    TRY(read_created_at(from, now, client.registered_at));
    TRY(from.read("secret_hash", client.secret_hash));
    if (client.is_public() && !client.secret_hash.empty())
        return refuse(from.place_of("secret_hash"), "does not belong to a public client");
    if (!client.is_public() && !is_secret_hash(client.secret_hash))
        return refuse(from.place_of("secret_hash"), "is not a hash in stile's format ($argon2id$… or $sha256$…)");
    return client;
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
    User user;
    TRY(from.read("user", user.name));
    TRY(from.read("sub", user.subject));
    TRY(from.read("password_hash", user.password_hash));
    TRY(read_created_at(from, now, user.registered_at));
    if (canonical_user_name(user.name) != user.name)
        return refuse(from.place_of("user"), "must be 1 to 128 of a-z 0-9 . _ @ + -");
    if (!is_subject(user.subject))
        return refuse(from.place_of("sub"), "must be 1 to 255 visible ASCII characters without ':'");
    if (!is_slow_hash(user.password_hash) || !is_secret_hash(user.password_hash)) // people choose passwords
        return refuse(from.place_of("password_hash"), "is not a password hash in stile's format ($argon2id$…)");
    const auto claims = TRY(read_claims(from));
    return KnownUser{user, claims};
}

// It must be hard to guess: with the salt, subs can be matched with users.
bool is_pairwise_salt(std::string_view text)
{
    return text.size() >= 43 && text.size() <= 128 && all_of(text, is_base62);
}

// Of two records with one name, one would be lost.
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
    } catch (const Object::parse_error& error) { // its message quotes the text, which contains hashes
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
    std::set<std::string> ids, names, subjects;
    const auto clients = TRY(root.list("clients"));
    for (const auto& from : clients) {
        document.clients.push_back(TRY(read_client(from, now, document.pairwise_salt)));
        TRY(check_new(ids, document.clients.back().id, from.place_of("client_id")));
    }
    const auto users = TRY(root.list("users"));
    for (const auto& from : users) {
        document.users.push_back(TRY(read_user(from, now)));
        TRY(check_new(names, document.users.back().user.name, from.place_of("user")));
        const auto& subject = document.users.back().user.subject;
        TRY(check_new(subjects, subject, from.place_of("sub"))); // OpenID Connect Core §2: it names one user
        if (ids.contains(subject))
            return refuse(from.place_of("sub"), subject + " is the id of a client");
    }
    return document;
}

} // namespace stile::admin
