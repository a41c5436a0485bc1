// stile client add.
#include "functions/stile/client/options.h"
#include "functions/stile/client/secret.h"
#include "functions/stile/client/verbs.h"

#include <memory>

namespace stile::admin {

namespace {

struct AddOptions {
    ClientOptions settings;
    std::string id;
    std::string secret;
    bool is_public = false;
};

// RFC 6749 §2.1: a public client has no secret.
Result<Client> client_from(const AddOptions& options)
{
    auto client = default_client(options.id);
    if (options.is_public)
        client.auth_method = AuthMethod::none;
    client = TRY(options.settings.applied_to(std::move(client)));
    if (options.is_public != client.is_public())
        return fail(ErrorCode::invalid_request, "--public and --token-endpoint-auth-method none belong together");
    if (options.is_public && !options.secret.empty())
        return fail(ErrorCode::invalid_request, "--public and --secret exclude each other");
    return checked(default_client(options.id), std::move(client));
}

Result<int> add(const AddOptions& options, AdminContext& context)
{
    auto client = TRY(client_from(options));
    if (client.is_pairwise)
        client.pairwise_salt = TRY(kept_pairwise_salt(context));
    Secret generated;
    if (!client.is_public()) {
        const auto secret =
            TRY(ClientSecret::from_option(options.secret, context.config.secret_length, context.random));
        client.secret_hash = secret.hash();
        generated = secret.generated();
    }
    const auto registration = TRY(context.clients.add(client, context.clock.now()));
    if (registration == Registration::sub_taken) // RFC 9700 §4.15
        return print_error(exists, client.id + " is or was the sub of a user; choose another id");
    if (registration != Registration::done)
        return print_error(exists, "client " + client.id + " already exists; stile client update changes it");
    context.record({.name = EventName::client_added, .client = client});
    print_secret(client.id, generated, context.print);
    return done;
}

} // namespace

Result<std::string> kept_pairwise_salt(AdminContext& context)
{
    return context.pairwise_salt.keep(context.random.base62(43)); // 256 bits
}

void add_client_add_command(Command& client, CommandLine& line)
{
    auto* command = client.add_subcommand("add", "Registers a client");
    const auto options = std::make_shared<AddOptions>();
    command->add_option("--id", options->id, "client_id: letters, digits, . _ ~ -")->required();
    command->add_option("--secret", options->secret, help_of_secret);
    command->add_flag("--public", options->is_public, "A client that cannot keep a secret; it must use PKCE");
    options->settings.add_to(*command);
    command->callback([&line, options] { line.run([&](AdminContext& context) { return add(*options, context); }); });
}

} // namespace stile::admin
