#include "functions/stile/command.h"

#include "shared/base/text.h"
#include "shared/crypto/jwk_set.h"
#include "shared/crypto/password.h"
#include "shared/oauth/grant_type.h"
#include "shared/oauth/redirect_uri.h"

#include <fstream>
#include <iostream>
#include <memory>

namespace stile::admin {

namespace {

struct AddOptions {
    std::string id;
    std::string name;
    std::string secret;
    bool is_public = false;
    std::vector<std::string> redirect_uris;
    std::string scope;
    std::vector<std::string> grant_types = {"authorization_code", "refresh_token"};
    std::string auth_method;
    bool require_pkce = false;
    std::string introspect = "own";
    Seconds refresh_grace = 0;
    std::string access_token_alg;
    std::string audience;
    std::string jwks_file;
};

std::unexpected<OAuthError> refuse(std::string sentence)
{
    return fail(ErrorCode::invalid_request, std::move(sentence));
}

// RFC 9068: which algorithm signs the client's access tokens; nothing for opaque ones.
Result<std::optional<JwsAlgorithm>> access_token_alg_of(const AddOptions& options)
{
    if (!options.audience.empty() && options.access_token_alg.empty())
        return refuse("--audience is for signed access tokens: it needs --access-token-alg");
    if (!all_of(options.audience, [](char c) { return is_vschar(c) && c != ' '; }) || options.audience.size() > 1024)
        return refuse("--audience must be a URI of at most 1024 characters");
    return parse_jws_algorithm(options.access_token_alg);
}

// RFC 7517 §5. Private keys, which have no business on a server, and broken ones are refused with the whole set.
Result<std::string> read_jwks(const std::string& file)
{
    if (file.empty())
        return std::string();
    std::ifstream input(file);
    const std::string text{std::istreambuf_iterator<char>(input), {}};
    const auto keys = JwkSet::from_json(text); // an RSA key must name its alg
    if (!keys)
        return refuse("--jwks " + file + " is not a set of public keys: " + std::string(to_string(keys.error())));
    if (keys->keys().empty())
        return refuse("--jwks " + file + " has no key for RS256, PS256, ES256 or EdDSA");
    return keys->to_json();
}

Result<AuthMethod> auth_method_of(const AddOptions& options)
{
    if (options.auth_method.empty())
        return options.is_public ? AuthMethod::none : AuthMethod::any_secret;
    const auto method = parse_auth_method(options.auth_method);
    if (!method)
        return refuse("--token-endpoint-auth-method must be client_secret_basic, client_secret_post or none");
    if (options.is_public != (method == AuthMethod::none))
        return refuse("--public and --token-endpoint-auth-method none belong together");
    return *method;
}

Result<Client> client_from(const AddOptions& options)
{
    Client client;
    if (!is_client_id(options.id))
        return refuse("--id must be 1 to 128 of A-Z a-z 0-9 . _ ~ -");
    if (options.is_public && !options.secret.empty())
        return refuse("--public and --secret exclude each other");
    if (!all_of(options.secret, is_vschar) || options.secret.size() > 1024)
        return refuse("--secret must be at most 1024 printable ASCII characters (RFC 6749 A.2)");
    if (!all_of(options.name, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; })
        || options.name.size() > 200)
        return refuse("--name must be at most 200 bytes without control characters");
    for (const auto& uri : options.redirect_uris)
        if (const auto why = why_not_registrable(uri))
            return refuse("--redirect-uri " + uri + " " + *why);
    for (const auto& grant_type : options.grant_types)
        if (!is_grant_type(grant_type))
            return refuse("--grant-type must be authorization_code, refresh_token, client_credentials or password");
    client.id = options.id;
    client.name = options.name.empty() ? options.id : options.name;
    client.auth_method = TRY(auth_method_of(options));
    client.redirect_uris = options.redirect_uris;
    client.scope = TRY(Scope::parse(options.scope));
    client.grant_types = options.grant_types;
    client.require_pkce = options.require_pkce;
    client.introspects_any = options.introspect == "any";
    client.refresh_grace = options.refresh_grace;
    client.access_token_alg = TRY(access_token_alg_of(options));
    client.audience = options.audience;
    client.jwks = TRY(read_jwks(options.jwks_file));
    if (client.may_use("authorization_code") && client.redirect_uris.empty())
        return refuse(
            "--redirect-uri is missing: the authorization code grant needs one (or give another --grant-type)");
    if (client.may_use("client_credentials") && client.is_public())
        return refuse("--public and --grant-type client_credentials exclude each other (RFC 6749 4.4)");
    return client;
}

// A chosen secret is hashed slowly; a generated one is long enough for a fast hash, and is shown this once.
Secret give_secret(Client& client, const AddOptions& options, Random& random)
{
    if (!options.secret.empty()) {
        client.secret_hash = hash_password(Secret(options.secret), random);
        if (options.secret.find_first_of("%+") != std::string::npos)
            std::cerr
                << "stile: note: libraries and curl send a secret with % or + differently; a generated one is safe\n";
        return {};
    }
    Secret secret(random.base62(43)); // 256 bits
    client.secret_hash = hash_generated_secret(secret, random);
    return secret;
}

Result<int> add(AddOptions options, Workplace& workplace)
{
    const bool secret_is_given = !options.secret.empty();
    options.secret = secret_option(options.secret);
    if (secret_is_given && options.secret.empty())
        return refuse("--secret is empty");
    auto client = TRY(client_from(options));
    Secret generated;
    if (!client.is_public())
        generated = give_secret(client, options, workplace.random);
    if (!TRY(workplace.clients.add(client, workplace.clock.now())))
        return complain(exists, "client " + client.id + " exists already");
    workplace.record({.name = EventName::client_added, .client = client});
    std::cout << "client_id: " << client.id << '\n';
    if (!generated.empty())
        std::cout << "client_secret: " << generated.reveal() << "\n(shown this once; only its hash is kept)\n";
    return done;
}

Result<int> list(Workplace& workplace)
{
    const auto ids = TRY(workplace.clients.list());
    for (const auto& id : ids)
        std::cout << id << '\n';
    return done;
}

std::string_view auth_in_words(AuthMethod method)
{
    return method == AuthMethod::any_secret ? "client_secret_basic or client_secret_post" : to_string(method);
}

Result<int> show(const std::string& id, Workplace& workplace)
{
    const auto client = TRY(workplace.clients.find(id));
    if (!client)
        return complain(not_found, "no client " + id);
    std::cout << "client_id: " << client->id << "\nname: " << client->name
              << "\ntoken_endpoint_auth_method: " << auth_in_words(client->auth_method)
              << "\nscope: " << client->scope.to_string() << "\ngrant_types: " << join(client->grant_types, " ")
              << '\n';
    for (const auto& uri : client->redirect_uris)
        std::cout << "redirect_uri: " << uri << '\n';
    std::cout << "require_pkce: " << (client->require_pkce || client->is_public() ? "yes" : "no")
              << "\nintrospect: " << (client->introspects_any ? "any" : "own")
              << "\nrefresh_grace: " << client->refresh_grace << " s\n";
    if (client->access_token_alg)
        std::cout << "access_token_alg: " << to_string(*client->access_token_alg) << '\n';
    if (!client->audience.empty())
        std::cout << "audience: " << client->audience << '\n';
    if (!client->jwks.empty())
        std::cout << "jwks: " << client->jwks << '\n';
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
        return complain(not_found, "no client " + id);
    std::cout << "removed; " << revoked << " grants revoked\n";
    return done;
}

Result<int> unlock(const std::string& id, Workplace& workplace)
{
    const auto client = TRY(workplace.clients.find(id));
    if (!client)
        return complain(not_found, "no client " + id);
    return lift_throttles([&](std::string_view throttle) { return throttle.starts_with("client:" + id + ":"); },
                          {.client = *client}, workplace);
}

void describe_add(CLI::App& command, AddOptions& options)
{
    command.add_option("--id", options.id, "client_id: letters, digits, . _ ~ -")->required();
    command.add_option("--name", options.name, "What people see on the consent page (default: the id)");
    command.add_option(
        "--secret", options.secret,
        "A secret of your choice; - reads it from standard input (default: one is generated and shown once)");
    command.add_flag("--public", options.is_public, "A client that cannot keep a secret; it must use PKCE");
    command.add_option("--redirect-uri", options.redirect_uris,
                       "Where answers may go, compared byte for byte; repeatable");
    command.add_option("--scope", options.scope,
                       "The most that it may ask for, and what it gets when it asks for nothing: \"a b\"");
    command.add_option(
        "--grant-type", options.grant_types,
        "authorization_code, refresh_token (default: these two), client_credentials, password; repeatable");
    command.add_option("--token-endpoint-auth-method", options.auth_method,
                       "client_secret_basic, client_secret_post or none (default: either way of sending the secret)");
    command.add_flag("--require-pkce", options.require_pkce, "Refuse authorization requests without PKCE");
    command
        .add_option("--introspect", options.introspect, "Whose tokens it may ask about: own or any (a resource server)")
        ->check(CLI::IsMember({"own", "any"}));
    command
        .add_option("--refresh-grace", options.refresh_grace,
                    "Seconds for which a used refresh token still gets its first answer (default 0)")
        ->check(CLI::Range(0, 300));
    command
        .add_option(
            "--access-token-alg", options.access_token_alg,
            "Signed access tokens (JWT, RFC 9068): RS256, PS256, ES256, EdDSA or HS256 (default: opaque tokens)")
        ->check(CLI::IsMember({"RS256", "PS256", "ES256", "EdDSA", "HS256"}));
    command.add_option("--audience", options.audience,
                       "What `aud` of those says (default: the issuer; with HS256 no `aud` at all)");
    command.add_option("--jwks", options.jwks_file, "File with the client's public keys")->check(CLI::ExistingFile);
}

} // namespace

void add_client_commands(CLI::App& app, int& status)
{
    auto* client = app.add_subcommand("client", "Clients: applications that may ask for tokens");
    client->require_subcommand(1);

    auto* add_command = client->add_subcommand("add", "Registers a client");
    const auto options = std::make_shared<AddOptions>();
    describe_add(*add_command, *options);
    add_command->callback(
        [&status, options] { status = run([&](Workplace& workplace) { return add(*options, workplace); }); });

    client->add_subcommand("list", "Lists the ids of all clients")->callback([&status] { status = run(list); });

    const auto id = std::make_shared<std::string>();
    auto* show_command = client->add_subcommand("show", "Shows a client; never its secret");
    show_command->add_option("id", *id)->required();
    show_command->callback([&status, id] { status = run([&](Workplace& workplace) { return show(*id, workplace); }); });
    auto* unlock_command = client->add_subcommand("unlock", "Lifts what failed authentications have closed");
    unlock_command->add_option("id", *id)->required();
    unlock_command->callback(
        [&status, id] { status = run([&](Workplace& workplace) { return unlock(*id, workplace); }); });
    auto* remove_command = client->add_subcommand("remove", "Removes a client and revokes its grants");
    remove_command->add_option("id", *id)->required();
    remove_command->callback(
        [&status, id] { status = run([&](Workplace& workplace) { return remove(*id, workplace); }); });
}

} // namespace stile::admin
