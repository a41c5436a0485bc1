// stile keys: the keys that sign. A new key is published before it signs, because clients cache the key set for some
// minutes; an old key stays published until its last token is no longer needed. Each has a purpose, whose master key seals
// it. While the master key is changed, keys have two seals, so that functions with either of the two master keys go on.
#include "functions/stile/suggest.h"

#include "shared/crypto/jwk.h"
#include "shared/crypto/seal.h"
#include "shared/endpoint/key_ring.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace stile::admin {

namespace {

constexpr Seconds margin = 60; // for clock skew, and because processes cache a key for some seconds

// Empty: of any algorithm, or for any purpose.
Result<std::vector<SigningKeyRecord>> keys_of(const std::string& algorithm, const std::string& purpose,
                                              AdminContext& context)
{
    auto keys = TRY(context.signing_keys.list());
    std::erase_if(keys, [&](const SigningKeyRecord& key) {
        return (!algorithm.empty() && key.algorithm != algorithm)
               || (!purpose.empty() && to_string(key.purpose) != purpose);
    });
    return keys;
}

// The master key of this command's settings. The error is a sentence.
Expected<Secret, std::string> own_master_key(AdminContext& context)
{
    auto key = read_master_key(context.config);
    if (key && key->empty())
        return std::unexpected("STILE_KEY_FILE (or STILE_KEY) is not set: it encrypts the keys in Redis");
    return key;
}

std::string sealed_with(const Secret& master_key, const SigningKeyRecord& record, const SigningKey& key,
                        AdminContext& context)
{
    return seal(key.to_json().reveal(), master_key_for(record.purpose, master_key), seal_purpose_of_key(record.kid),
                context.random);
}

Result<int> list(const std::string& algorithm, const std::string& purpose, AdminContext& context)
{
    const auto keys = TRY(keys_of(algorithm, purpose, context));
    if (keys.empty())
        return print_error(not_found, "no signing key; run stile keys rotate");
    const Seconds now = context.clock.now();
    std::vector<Row> rows;
    rows.reserve(keys.size());
    for (const auto& key : keys) {
        const auto signer = std::ranges::find_if(keys, [&](const SigningKeyRecord& other) {
            return other.algorithm == key.algorithm && other.purpose == key.purpose && other.signs_from <= now;
        });
        const bool signs = signer != keys.end() && signer->kid == key.kid;
        const bool waits = key.signs_from > now;
        const auto since = rfc3339(key.signs_from);
        Entry entry = {{"kid", key.kid},
                       {"alg", key.algorithm},
                       {"for", std::string(to_string(key.purpose))},
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

Result<int> rotate(const std::string& algorithm, const std::string& purpose, bool at_once, AdminContext& context)
{
    const auto master_key = own_master_key(context);
    if (!master_key)
        return print_error(misused, master_key.error());
    const auto older = TRY(keys_of(algorithm, purpose, context));
    const auto key = new_key(*parse_jws_algorithm(algorithm));
    SigningKeyRecord record;
    record.kid = key.kid();
    record.algorithm = algorithm;
    record.public_jwk = key.public_key().to_json().value_or("");
    record.purpose = parse_key_purpose(purpose).value_or(KeyPurpose::tokens);
    record.sealed = sealed_with(*master_key, record, key, context);
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
    context.print.thing({{"kid", record.kid}, {"for", purpose}, {"signs_from", rfc3339(record.signs_from)}});
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

// For the settings of the function with this purpose.
Result<int> derive(const std::string& purpose, AdminContext& context)
{
    const auto master_key = own_master_key(context);
    if (!master_key)
        return print_error(misused, master_key.error());
    const auto derived = master_key_for(*parse_key_purpose(purpose), *master_key);
    context.print.report(std::string(derived.reveal()), {{"for", purpose}, {"key", std::string(derived.reveal())}});
    return done;
}

std::string cannot_open(const SigningKeyRecord& key)
{
    return "the master key does not open the key " + key.kid + "; nothing was changed";
}

// Adds the seals of the next master key. All keys are opened before the first is changed.
Result<int> reseal(const std::string& file, AdminContext& context)
{
    const auto master_key = own_master_key(context);
    auto with_next = Config();
    with_next.key_file = file;
    const auto next = read_master_key(with_next);
    if (!master_key || !next)
        return print_error(misused, !master_key ? master_key.error() : "--to: " + next.error());
    const auto keys = TRY(context.signing_keys.list());
    std::vector<std::string> seals;
    for (const auto& key : keys) {
        const auto opened = unseal_key(key, *master_key);
        if (!opened)
            return print_error(failed, cannot_open(key));
        seals.push_back(sealed_with(*next, key, *opened, context));
    }
    for (std::size_t i = 0; i < keys.size(); ++i)
        TRY(context.signing_keys.seal_for_next(keys[i].kid, seals[i]));
    context.print.report(counted(keys.size(), "key")
                             + " sealed with both master keys; now give the functions the next one, restart them, "
                               "and run stile keys reseal --finish with it",
                         {{"keys", static_cast<std::int64_t>(keys.size())}, {"finished", false}});
    return done;
}

// Removes the seals of the master key before the present one.
Result<int> finish_resealing(AdminContext& context)
{
    const auto master_key = own_master_key(context);
    if (!master_key)
        return print_error(misused, master_key.error());
    const auto keys = TRY(context.signing_keys.list());
    std::vector<std::string> seals;
    for (auto key : keys) {
        if (!key.sealed_next.empty()) // the master key before must not finish: functions have the next one already
            key.sealed = std::exchange(key.sealed_next, {});
        const auto opened = unseal_key(key, *master_key);
        if (!opened)
            return print_error(failed, cannot_open(key));
        seals.push_back(sealed_with(*master_key, key, *opened, context));
    }
    for (std::size_t i = 0; i < keys.size(); ++i)
        TRY(context.signing_keys.finish_sealing(keys[i].kid, seals[i]));
    context.print.report(counted(keys.size(), "key") + " sealed with the present master key alone",
                         {{"keys", static_cast<std::int64_t>(keys.size())}, {"finished", true}});
    return done;
}

void add_master_key_commands(Command& keys, CommandLine& line)
{
    const auto purpose = std::make_shared<std::string>();
    auto* derive_command =
        keys.add_subcommand("derive", "Prints the master key of one purpose, for the settings of its function");
    derive_command->add_option("--for", *purpose, "userinfo or logout")->one_of({"userinfo", "logout"})->required();
    derive_command->callback(
        [&line, purpose] { line.run([&](AdminContext& context) { return derive(*purpose, context); }); });

    const auto file = std::make_shared<std::string>();
    const auto finishes = std::make_shared<bool>(false);
    auto* reseal_command =
        keys.add_subcommand("reseal", "Changes the master key, in two steps, while the functions go on");
    reseal_command->add_option("--to", *file, "File with the next master key: seals the keys with it, too");
    reseal_command->add_flag("--finish", *finishes, "Seal the keys with the master key of the settings alone");
    reseal_command->callback([&line, file, finishes] {
        line.run([&](AdminContext& context) -> Result<int> {
            if (file->empty() != *finishes)
                return print_error(misused, "give either --to FILE or --finish");
            return *finishes ? finish_resealing(context) : reseal(*file, context);
        });
    });
}

} // namespace

void add_keys_commands(Command& app, CommandLine& line)
{
    auto* keys = app.add_subcommand("keys", "Keys that sign tokens, and the master key that encrypts them");
    keys->require_subcommand(1);
    const std::vector<std::string> algorithms = {"RS256", "PS256", "ES256", "EdDSA"};

    const std::vector<std::string> purposes = {"tokens", "userinfo", "logout"};

    const auto which = std::make_shared<std::string>();
    const auto which_purpose = std::make_shared<std::string>();
    auto* list_command = keys->add_subcommand("list", "Lists the keys, newest first");
    list_command->add_option("--alg", *which, "Only keys of this algorithm")->one_of(algorithms);
    list_command->add_option("--for", *which_purpose, "Only keys of this purpose")->one_of(purposes);
    list_command->callback([&line, which, which_purpose] {
        line.run([&](AdminContext& context) { return list(*which, *which_purpose, context); });
    });

    const auto algorithm = std::make_shared<std::string>("ES256");
    const auto purpose = std::make_shared<std::string>("tokens");
    const auto at_once = std::make_shared<bool>(false);
    auto* rotate_command =
        keys->add_subcommand("rotate", "Creates a new key; older keys of its algorithm and purpose expire");
    rotate_command->add_option("--alg", *algorithm, "RS256, PS256, ES256 (default) or EdDSA")->one_of(algorithms);
    rotate_command
        ->add_option("--for", *purpose,
                     "tokens (default): ID and access tokens; userinfo: its signed answers; logout: logout tokens")
        ->one_of(purposes);
    rotate_command->add_flag("--now", *at_once, "Sign with it at once instead of after STILE_KEY_AHEAD seconds");
    rotate_command->callback([&line, algorithm, purpose, at_once] {
        line.run([&](AdminContext& context) { return rotate(*algorithm, *purpose, *at_once, context); });
    });

    const auto kid = std::make_shared<std::string>();
    auto* retire_command = keys->add_subcommand("retire", "Deletes a key at once and invalidates everything it signed");
    retire_command->add_option("KID", *kid, "Key id, as listed by stile keys list")->required();
    retire_command->callback([&line, kid] { line.run([&](AdminContext& context) { return retire(*kid, context); }); });

    add_master_key_commands(*keys, line);
}

} // namespace stile::admin
