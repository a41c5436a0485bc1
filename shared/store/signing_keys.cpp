#include "shared/store/signing_keys.h"

#include <algorithm>
#include <tuple>

namespace stile {

namespace {

constexpr std::string_view index_key = "signing_keys";

std::string key_of(std::string_view kid)
{
    return std::string("signing_key:").append(kid);
}

SigningKeyRecord from_record(std::string kid, const Record& record, Seconds expires_at)
{
    const auto purpose = parse_key_purpose(record["purpose"]);
    return {.kid = std::move(kid),
            .algorithm = record["alg"],
            .public_jwk = record["public"],
            .sealed = record["sealed"],
            .sealed_next = record["sealed_next"],
            .created_at = record.number("created_at"),
            .signs_from = record.number("signs_from"),
            .expires_at = std::max<Seconds>(expires_at, 0),
            .purpose = purpose.value_or(KeyPurpose::tokens)};
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
        if (record.exists()) // otherwise it has expired; the next rotation removes its kid from the set
            keys.push_back(from_record(kids.elements[i].text, record, replies[2 * i + 1].integer));
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
    TRY(m_connection.command({"HSET", key_of(kid), "sealed_next", sealed_next}));
    return {};
}

Result<void> SigningKeys::finish_sealing(std::string_view kid, std::string_view sealed)
{
    const auto name = key_of(kid);
    TRY(m_connection.run({{"HSET", name, "sealed", std::string(sealed)}, {"HDEL", name, "sealed_next"}}));
    return {};
}

Result<bool> SigningKeys::remove(std::string_view kid)
{
    TRY(m_connection.command({"SREM", index_key, kid}));
    return TRY(m_connection.command({"DEL", key_of(kid)})).integer == 1;
}

} // namespace stile
