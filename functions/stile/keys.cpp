// stile keys: the keys that sign access tokens and ID tokens. A new key is published before it signs, because clients cache
// the key set for some minutes; an old key stays published until its last token is no longer needed.
#include "functions/stile/suggest.h"

#include "shared/crypto/jwk.h"
#include "shared/crypto/seal.h"
#include "shared/endpoint/key_ring.h"

#include <algorithm>
#include <memory>

namespace stile::admin {

namespace {

constexpr Seconds margin = 60; // for clock skew, and because processes cache a key for some seconds

Result<std::vector<SigningKeyRecord>> keys_of(const std::string& algorithm, AdminContext& context)
{
    auto keys = TRY(context.signing_keys.list());
    std::erase_if(keys, [&](const SigningKeyRecord& key) { return !algorithm.empty() && key.algorithm != algorithm; });
    return keys;
}

Result<int> list(const std::string& algorithm, AdminContext& context)
{
    const auto keys = TRY(keys_of(algorithm, context));
    if (keys.empty())
        return print_error(not_found, "no signing key; run stile keys rotate");
    const Seconds now = context.clock.now();
    std::vector<Row> rows;
    rows.reserve(keys.size());
    for (const auto& key : keys) {
        const auto signer = std::ranges::find_if(keys, [&](const SigningKeyRecord& other) {
            return other.algorithm == key.algorithm && other.signs_from <= now;
        });
        const bool signs = signer != keys.end() && signer->kid == key.kid;
        const bool waits = key.signs_from > now;
        const auto since = rfc3339(key.signs_from);
        Entry entry = {{"kid", key.kid},
                       {"alg", key.algorithm},
                       {"state",
                        waits   ? "waits"
                        : signs ? "signs"
                                : "verifies",
                        waits ? std::optional("signs from " + since) : std::nullopt},
                       {"signs_from", since, ""}};
        if (key.expires_at > 0)
            entry.push_back({"ends", rfc3339(key.expires_at), "ends " + rfc3339(key.expires_at)});
        rows.push_back(row_of(std::move(entry)));
    }
    context.print.list(rows);
    return done;
}

// A kid is base64url; one that begins with a dash would be an option on the command line of `retire`.
SigningKey new_key(JwsAlgorithm algorithm)
{
    auto key = SigningKey::generate(algorithm);
    while (key.kid().starts_with('-'))
        key = SigningKey::generate(algorithm);
    return key;
}

Result<int> rotate(const std::string& algorithm, bool at_once, AdminContext& context)
{
    const auto master_key = read_master_key(context.config);
    if (!master_key || master_key->empty())
        return print_error(misused, master_key
                                        ? "STILE_KEY_FILE (or STILE_KEY) is not set: it encrypts the keys in Redis"
                                        : master_key.error());
    const auto older = TRY(keys_of(algorithm, context));
    const auto key = new_key(*parse_jws_algorithm(algorithm));
    SigningKeyRecord record;
    record.kid = key.kid();
    record.algorithm = algorithm;
    record.public_jwk = key.public_key().to_json().value_or("");
    record.sealed = seal(key.to_json().reveal(), *master_key, seal_purpose_of_key(record.kid), context.random);
    record.created_at = context.clock.now();
    record.signs_from = record.created_at + (older.empty() || at_once ? 0 : context.config.key_ahead);
    if (!older.empty()) // the newest key signs: two must not have the same time
        record.created_at = std::max(record.created_at, older.front().created_at + 1);
    TRY(context.signing_keys.add(record));
    context.record({.name = EventName::key_rotated, .kid = record.kid});
    // RP-Initiated Logout §2: an ID token may be used as id_token_hint until its session ends, even if it is expired.
    const auto& lifetimes = context.config.settings.lifetimes;
    const Seconds end = record.signs_from + std::max(lifetimes.access_token, lifetimes.session) + margin;
    for (const auto& old : older)
        if (old.expires_at == 0 || old.expires_at > end)
            TRY(context.signing_keys.expire(old.kid, end));
    context.print.thing({{"kid", record.kid}, {"signs_from", rfc3339(record.signs_from)}});
    return done;
}

std::vector<std::string> kids(const std::vector<SigningKeyRecord>& keys)
{
    std::vector<std::string> result;
    result.reserve(keys.size());
    for (const auto& key : keys)
        result.push_back(key.kid);
    return result;
}

Result<int> retire(const std::string& kid, AdminContext& context)
{
    if (!TRY(context.signing_keys.remove(kid)))
        return print_error(not_found,
                           "no signing key " + kid + did_you_mean(kid, kids(TRY(context.signing_keys.list()))));
    context.record({.name = EventName::key_retired, .kid = kid});
    context.print.report("retired; its tokens are now refused", {{"kid", kid}, {"retired", true}});
    return done;
}

} // namespace

void add_keys_commands(Command& app, CommandLine& line)
{
    auto* keys = app.add_subcommand("keys", "Keys that sign access tokens and ID tokens");
    keys->require_subcommand(1);
    const std::vector<std::string> algorithms = {"RS256", "PS256", "ES256", "EdDSA"};

    const auto which = std::make_shared<std::string>();
    auto* list_command = keys->add_subcommand("list", "Lists the keys, newest first");
    list_command->add_option("--alg", *which, "Only keys of this algorithm")->one_of(algorithms);
    list_command->callback([&line, which] { line.run([&](AdminContext& context) { return list(*which, context); }); });

    const auto algorithm = std::make_shared<std::string>("ES256");
    const auto at_once = std::make_shared<bool>(false);
    auto* rotate_command = keys->add_subcommand("rotate", "Creates a new key; older keys of its algorithm expire");
    rotate_command->add_option("--alg", *algorithm, "RS256, PS256, ES256 (default) or EdDSA")->one_of(algorithms);
    rotate_command->add_flag("--now", *at_once, "Sign with it at once instead of after STILE_KEY_AHEAD seconds");
    rotate_command->callback([&line, algorithm, at_once] {
        line.run([&](AdminContext& context) { return rotate(*algorithm, *at_once, context); });
    });

    const auto kid = std::make_shared<std::string>();
    auto* retire_command = keys->add_subcommand("retire", "Deletes a key at once and invalidates everything it signed");
    retire_command->add_option("KID", *kid, "Key id, as listed by stile keys list")->required();
    retire_command->callback([&line, kid] { line.run([&](AdminContext& context) { return retire(*kid, context); }); });
}

} // namespace stile::admin
