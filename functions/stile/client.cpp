#include "functions/stile/client_options.h"
#include "functions/stile/near.h"

#include "shared/base/text.h"
#include "shared/crypto/password.h"

#include <algorithm>
#include <iostream>
#include <memory>

namespace stile::admin {

namespace {

struct AddOptions {
    ClientOptions settings;
    std::string id;
    std::string secret;
    bool is_public = false;
};

std::unexpected<OAuthError> refuse(std::string sentence)
{
    return fail(ErrorCode::invalid_request, std::move(sentence));
}

// What --secret says; empty where one is to be generated.
Result<Secret> chosen_secret(const std::string& option)
{
    auto secret = secret_option(option);
    if (!option.empty() && secret.empty())
        return refuse("--secret is empty");
    if (!all_of(secret, is_vschar) || secret.size() > 1024)
        return refuse("--secret must be at most 1024 printable ASCII characters (RFC 6749 A.2)");
    return Secret(std::move(secret));
}

// A chosen secret is hashed slowly; a generated one is long enough for a fast hash.
std::string hash_of(const Secret& chosen, const Secret& generated, Random& random)
{
    if (chosen.empty())
        return hash_generated_secret(generated, random);
    if (chosen.reveal().find_first_of("%+") != std::string_view::npos)
        std::cerr
            << "stile: note: libraries and curl encode % and + in a secret differently; a generated secret is safe\n";
    return hash_password(chosen, random);
}

Secret generate_secret(Random& random)
{
    return Secret(random.base62(43)); // 256 bits
}

// The only time that a generated secret is shown.
void show_new(const std::string& id, const Secret& generated, const Printer& print)
{
    Entry entry = {{"client_id", id}};
    if (!generated.empty())
        entry.push_back({"client_secret", std::string(generated.reveal())});
    print.thing(entry);
    if (!generated.empty())
        print.aside("(shown only once; Stile keeps only its hash)");
}

// RFC 6749 §2.1: a public client has no secret, and says so in both ways.
Result<ClientSettings> settings_from(const AddOptions& options)
{
    ClientSettings settings;
    settings.client_id = options.id;
    if (options.is_public)
        settings.token_endpoint_auth_method = "none";
    settings = TRY(with(options.settings, settings));
    if (options.is_public != (settings.token_endpoint_auth_method == "none"))
        return refuse("--public and --token-endpoint-auth-method none belong together");
    if (options.is_public && !options.secret.empty())
        return refuse("--public and --secret exclude each other");
    return settings;
}

// That of this installation, made for its first pairwise client.
Result<std::string> kept_salt(Workplace& workplace)
{
    return workplace.pairwise_salt.keep(workplace.random.base62(43)); // 256 bits
}

Result<int> add(const AddOptions& options, Workplace& workplace)
{
    const auto settings = TRY(settings_from(options));
    auto client = TRY(checked(settings));
    Secret generated;
    if (settings.subject_type == "pairwise")
        client.pairwise_salt = TRY(kept_salt(workplace));
    if (!client.is_public()) {
        const auto chosen = TRY(chosen_secret(options.secret));
        if (chosen.empty())
            generated = generate_secret(workplace.random);
        client.secret_hash = hash_of(chosen, generated, workplace.random);
    }
    if (!TRY(workplace.clients.add(client, workplace.clock.now())))
        return complain(exists, "client " + client.id + " already exists; stile client update changes it");
    workplace.record({.name = EventName::client_added, .client = client});
    show_new(client.id, generated, workplace.print);
    return done;
}

// Which settings differ, by name.
std::vector<std::string> differences(const Entry& before, const Entry& after)
{
    std::vector<std::string> names;
    const auto told_by = [](const Entry& entry, const std::string& name) {
        const auto field = std::ranges::find(entry, name, &Field::name);
        return field == entry.end() ? std::string() : row_of({{field->name, field->value}}).line;
    };
    for (const auto* entry : {&before, &after})
        for (const auto& field : *entry)
            if (told_by(before, field.name) != told_by(after, field.name)
                && std::ranges::find(names, field.name) == names.end())
                names.push_back(field.name);
    return names;
}

Result<int> update(const std::string& id, const ClientOptions& options, Workplace& workplace)
{
    std::vector<std::string> changed;
    Client after;
    bool has_new_subjects = false;
    const auto change = [&](const Client& before) -> Result<Client> {
        const auto settings = TRY(with(options, settings_of(before)));
        after = TRY(checked(settings));
        if (after.is_public() != before.is_public())
            return refuse("--token-endpoint-auth-method: a client cannot change between public and confidential; "
                          "remove it and add it again");
        after.secret_hash = before.secret_hash;
        after.registered_at = before.registered_at;
        if (settings.subject_type == "pairwise")
            after.pairwise_salt = before.pairwise_salt.empty() ? TRY(kept_salt(workplace)) : before.pairwise_salt;
        has_new_subjects = knows_users_otherwise(before, after);
        changed = differences(entry_of(before), entry_of(after));
        return after;
    };
    const bool was_there = TRY(workplace.clients.update(id, change));
    if (!was_there)
        return no_client(id, workplace);
    if (!changed.empty())
        workplace.record({.name = EventName::client_updated, .client = after});
    // No client gets tokens of the same user under two subs.
    const int revoked = has_new_subjects ? TRY(workplace.grants.revoke_all_with(
                                               "client_id", id, workplace.tell_revoked(after, {}, "subject_changed")))
                                         : 0;
    const auto ended = has_new_subjects ? "; " + std::to_string(revoked) + " grants revoked" : "";
    workplace.print.report(changed.empty() ? "nothing to change" : "changed: " + join(changed, " ") + ended,
                           {{"client_id", id}, {"changed", changed}, {"grants_revoked", std::int64_t{revoked}}});
    return done;
}

// The old secret ends with this: a client has one.
Result<int> rotate_secret(const std::string& id, const std::string& option, Workplace& workplace)
{
    const auto chosen = TRY(chosen_secret(option));
    const auto generated = chosen.empty() ? generate_secret(workplace.random) : Secret();
    const auto hash = hash_of(chosen, generated, workplace.random);
    Client after;
    const bool was_there = TRY(workplace.clients.update(id, [&](const Client& before) -> Result<Client> {
        if (before.is_public())
            return refuse("client " + id + " is public: it has no secret");
        after = before;
        after.secret_hash = hash;
        return after;
    }));
    if (!was_there)
        return no_client(id, workplace);
    workplace.record({.name = EventName::client_secret_changed, .client = after});
    show_new(id, generated, workplace.print);
    return done;
}

Result<int> list(Workplace& workplace)
{
    const auto ids = TRY(workplace.clients.list());
    std::vector<Row> rows;
    rows.reserve(ids.size());
    for (const auto& id : ids)
        rows.push_back(row_of({{"client_id", id}}));
    workplace.print.list(rows);
    return done;
}

Result<int> show(const std::string& id, Workplace& workplace)
{
    const auto client = TRY(workplace.clients.find(id));
    if (!client)
        return no_client(id, workplace);
    workplace.print.thing(entry_of(*client));
    return done;
}

// Its grants end with it. A function that still remembers the client may issue once more in the next seconds
// (STILE_CLIENT_CACHE); such tokens cannot be refreshed, nor does a later client of the same id inherit them.
Result<int> remove(const std::string& id, Workplace& workplace)
{
    const bool was_there = is_client_id(id) && TRY(workplace.clients.remove(id));
    const auto client = ClientName::of_removed(id);
    if (was_there)
        workplace.record({.name = EventName::client_removed, .client = client});
    const int revoked =
        TRY(workplace.grants.revoke_all_with("client_id", id, workplace.tell_revoked(client, {}, "client_removed")));
    TRY(workplace.consents.forget_client(id));
    if (!was_there && revoked == 0)
        return no_client(id, workplace);
    workplace.print.report("removed; " + std::to_string(revoked) + " grants revoked",
                           {{"client_id", id}, {"removed", true}, {"grants_revoked", std::int64_t{revoked}}});
    return done;
}

Result<int> unlock(const std::string& id, Workplace& workplace)
{
    const auto client = TRY(workplace.clients.find(id));
    if (!client)
        return no_client(id, workplace);
    return lift_throttles([&](std::string_view throttle) { return throttle.starts_with("client:" + id + ":"); },
                          {.client = *client}, workplace);
}

constexpr const char* about_secret =
    "Client secret; - reads it from standard input (default: generated and shown once)";

} // namespace

void add_client_commands(Command& app, CommandLine& line)
{
    auto* client = app.add_subcommand("client", "Clients: applications that may request tokens");
    client->require_subcommand(1);

    auto* add_command = client->add_subcommand("add", "Registers a client");
    const auto options = std::make_shared<AddOptions>();
    add_command->add_option("--id", options->id, "client_id: letters, digits, . _ ~ -")->required();
    add_command->add_option("--secret", options->secret, about_secret);
    add_command->add_flag("--public", options->is_public, "A client that cannot keep a secret; it must use PKCE");
    describe(*add_command, options->settings);
    add_command->callback(
        [&line, options] { line.run([&](Workplace& workplace) { return add(*options, workplace); }); });

    const auto id = std::make_shared<std::string>();
    auto* update_command = client->add_subcommand(
        "update",
        "Changes the given settings and keeps the others. The functions apply them within STILE_CLIENT_CACHE\n"
        "seconds. Existing grants keep their scope. They are revoked if the change gives the client's users\n"
        "other subs: --subject-type, or the host of a pairwise client.");
    update_command->add_option("id", *id)->required();
    const auto changes = std::make_shared<ClientOptions>();
    describe(*update_command, *changes);
    describe_unset(*update_command, *changes);
    update_command->callback(
        [&line, id, changes] { line.run([&](Workplace& workplace) { return update(*id, *changes, workplace); }); });

    auto* rotate_command = client->add_subcommand(
        "rotate-secret",
        "Sets a new secret. The old one stops working within STILE_CLIENT_CACHE seconds. Grants and tokens\n"
        "are kept.");
    rotate_command->add_option("id", *id)->required();
    const auto secret = std::make_shared<std::string>();
    rotate_command->add_option("--secret", *secret, about_secret);
    rotate_command->callback([&line, id, secret] {
        line.run([&](Workplace& workplace) { return rotate_secret(*id, *secret, workplace); });
    });

    client->add_subcommand("list", "Lists the ids of all clients")->callback([&line] { line.run(list); });

    auto* show_command = client->add_subcommand("show", "Shows a client without its secret");
    show_command->add_option("id", *id)->required();
    show_command->callback([&line, id] { line.run([&](Workplace& workplace) { return show(*id, workplace); }); });
    auto* unlock_command = client->add_subcommand("unlock", "Removes the block after failed authentications");
    unlock_command->add_option("id", *id)->required();
    unlock_command->callback([&line, id] { line.run([&](Workplace& workplace) { return unlock(*id, workplace); }); });
    auto* remove_command = client->add_subcommand("remove", "Removes a client and revokes its grants");
    remove_command->add_option("id", *id)->required();
    remove_command->callback([&line, id] { line.run([&](Workplace& workplace) { return remove(*id, workplace); }); });
}

} // namespace stile::admin
