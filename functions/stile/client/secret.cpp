// stile client rotate-secret, and what it shares with `client add`.
#include "functions/stile/client/secret.h"

#include "functions/stile/client/verbs.h"
#include "functions/stile/suggest.h"

#include "shared/base/text.h"
#include "shared/crypto/password.h"

#include <iostream>
#include <memory>

namespace stile::admin {

// A chosen secret is hashed slowly; a generated one is long enough for a fast hash.
Result<ClientSecret> ClientSecret::from_option(const std::string& option, std::size_t least, Random& random)
{
    ClientSecret secret;
    if (option.empty()) {
        secret.m_generated = Secret(random.base62(43)); // 256 bits
        secret.m_hash = hash_generated_secret(secret.m_generated, random);
        return secret;
    }
    const Secret chosen(secret_option(option));
    if (chosen.empty())
        return fail(ErrorCode::invalid_request, "--secret is empty");
    if (!all_of(chosen.reveal(), is_vschar) || chosen.reveal().size() > 1024)
        return fail(ErrorCode::invalid_request,
                    "--secret must be at most 1024 printable ASCII characters (RFC 6749 A.2)");
    if (chosen.reveal().size() < least) // RFC 6749 §10.10
        return fail(ErrorCode::invalid_request, "--secret has fewer than " + std::to_string(least)
                                                    + " bytes (STILE_CLIENT_SECRET_LENGTH); without --secret one is "
                                                      "generated");
    if (chosen.reveal().find_first_of("%+") != std::string_view::npos)
        std::cerr
            << "stile: note: libraries and curl encode % and + in a secret differently; a generated secret is safe\n";
    secret.m_hash = hash_password(chosen, random);
    return secret;
}

void print_secret(const std::string& id, const Secret& generated, const Printer& print)
{
    Entry entry = {{"client_id", id}};
    if (!generated.empty())
        entry.push_back({"client_secret", std::string(generated.reveal())});
    print.thing(entry);
    if (!generated.empty())
        print.aside("(shown only once; Stile keeps only its hash)");
}

namespace {

// A client has one secret: the old one stops working.
Result<int> rotate_secret(const std::string& id, const std::string& option, AdminContext& context)
{
    const auto secret = TRY(ClientSecret::from_option(option, context.config.secret_length, context.random));
    Client after;
    const bool was_there = TRY(context.clients.update(id, [&](const Client& before) -> Result<Client> {
        if (before.is_public())
            return fail(ErrorCode::invalid_request, "client " + id + " is public: it has no secret");
        after = before;
        after.secret_hash = secret.hash();
        return after;
    }));
    if (!was_there)
        return no_client(id, context);
    context.record({.name = EventName::client_secret_changed, .client = after});
    print_secret(id, secret.generated(), context.print);
    return done;
}

} // namespace

void add_client_rotate_secret_command(Command& client, CommandLine& line)
{
    auto* command = client.add_subcommand(
        "rotate-secret",
        "Sets a new secret. The old one stops working within STILE_CLIENT_CACHE seconds. Grants and tokens\n"
        "are kept.");
    const auto id = std::make_shared<std::string>(), secret = std::make_shared<std::string>();
    command->add_option("ID", *id, help_of_id)->required();
    command->add_option("--secret", *secret, help_of_secret);
    command->callback(
        [&line, id, secret] { line.run([&](AdminContext& context) { return rotate_secret(*id, *secret, context); }); });
}

} // namespace stile::admin
