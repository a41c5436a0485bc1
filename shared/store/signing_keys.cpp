#include "shared/store/signing_keys.h"

#include "shared/store/records.h"

#include <algorithm>
#include <tuple>

namespace stile {

namespace {

constexpr std::string_view index_key = "signing_keys";

std::string key_of(std::string_view kid)
{
    return std::string("signing_key:").append(kid);
}

// Nothing for a purpose that this version does not know: such a key must not count as one for tokens.
std::optional<SigningKeyRecord> from_record(std::string kid, const Record& record, Seconds expires_at)
{
    const auto& word = record["purpose"];
    const auto purpose = word.empty() ? std::optional(KeyPurpose::tokens) : parse_key_purpose(word);
    if (!purpose)
        return std::nullopt;
    return SigningKeyRecord{.kid = std::move(kid),
                            .algorithm = record["alg"],
                            .public_jwk = record["public"],
                            .sealed = record["sealed"],
                            .sealed_next = record["sealed_next"],
                            .created_at = record.number("created_at"),
                            .signs_from = record.number("signs_from"),
                            .expires_at = std::max<Seconds>(expires_at, 0),
                            .purpose = *purpose};
}

} // namespace

std::string_view to_string(KeyPurpose purpose)
{
    switch (purpose) {
    case KeyPurpose::tokens: return "tokens";
    case KeyPurpose::userinfo: return "userinfo";
    case KeyPurpose::logout: return "logout";
    }
    return "";
}

std::optional<KeyPurpose> parse_key_purpose(std::string_view word)
{
    for (const auto purpose : {KeyPurpose::tokens, KeyPurpose::userinfo, KeyPurpose::logout})
        if (word == to_string(purpose))
            return purpose;
    return std::nullopt;
}

Result<std::vector<SigningKeyRecord>> SigningKeys::list()
{
    const auto kids = TRY(m_connection.command({"SMEMBERS", index_key}));
    std::vector<SigningKeyRecord> keys;
    if (kids.elements.empty())
        return keys;
    std::vector<std::string> names;
    names.reserve(kids.elements.size()); // the commands below hold views of them
    std::vector<Arguments> commands;
    for (const auto& kid : kids.elements) {
        names.push_back(key_of(kid.text));
        commands.push_back({"HGETALL", names.back()});
        commands.push_back({"EXPIRETIME", names.back()});
    }
    auto replies = TRY(m_connection.pipeline(commands));
    for (std::size_t i = 0; i < kids.elements.size(); ++i) {
        const Record record(std::move(replies[2 * i]));
        if (!record.exists()) // it has expired; the next rotation removes its kid from the set
            continue;
        if (auto key = from_record(kids.elements[i].text, record, replies[2 * i + 1].integer))
            keys.push_back(std::move(*key));
    }
    std::ranges::sort(keys, [](const SigningKeyRecord& a, const SigningKeyRecord& b) {
        return std::tie(a.created_at, a.kid) > std::tie(b.created_at, b.kid);
    });
    return keys;
}

Result<void> SigningKeys::add(const SigningKeyRecord& key)
{
    const auto kids = TRY(m_connection.command({"SMEMBERS", index_key}));
    for (const auto& kid : kids.elements)
        if (TRY(m_connection.command({"EXISTS", key_of(kid.text)})).integer == 0)
            TRY(m_connection.command({"SREM", index_key, kid.text}));
    const auto created_at = std::to_string(key.created_at);
    const auto signs_from = std::to_string(key.signs_from);
    const auto name = key_of(key.kid);
    Arguments command = {"HSET",   name,       "alg",        key.algorithm, "public",     key.public_jwk,
                         "sealed", key.sealed, "created_at", created_at,    "signs_from", signs_from};
    if (key.purpose != KeyPurpose::tokens)
        command.insert(command.end(), {"purpose", to_string(key.purpose)});
    TRY(m_connection.command(command));
    TRY(m_connection.command({"SADD", index_key, key.kid})); // last, so that no reader finds an incomplete key
    return {};
}

Result<void> SigningKeys::expire(std::string_view kid, Seconds when)
{
    TRY(m_connection.command({"EXPIREAT", key_of(kid), std::to_string(when)}));
    return {};
}

Result<void> SigningKeys::seal_for_next(std::string_view kid, std::string_view sealed_next)
{
    TRY(set_field(m_connection, key_of(kid), "sealed_next", sealed_next)); // one that has expired stays gone
    return {};
}

Result<void> SigningKeys::finish_sealing(std::string_view kid, std::string_view sealed)
{
    const auto name = key_of(kid);
    TRY(set_field(m_connection, name, "sealed", sealed));
    TRY(m_connection.command({"HDEL", name, "sealed_next"}));
    return {};
}

Result<bool> SigningKeys::remove(std::string_view kid)
{
    TRY(m_connection.command({"SREM", index_key, kid}));
    return TRY(m_connection.command({"DEL", key_of(kid)})).integer == 1;
}

} // namespace stile
