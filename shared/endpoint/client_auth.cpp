// Unknown client and wrong secret give one answer. They may differ in time: a chosen secret costs an Argon2id, an
// unknown id costs none. That tells nothing that /oauth/authorize does not tell anybody (it must name a client_id that
// it does not know), and spending an Argon2id or a record in Redis on every invented id would hand strangers a lever.
#include "shared/endpoint/client_auth.h"

#include "shared/endpoint/params.h"
#include "shared/http/basic_auth.h"
#include "shared/http/network.h"

#include <array>

namespace stile {

namespace {

constexpr std::size_t max_secret_length = 1024;

struct BodyCredentials {
    std::optional<std::string> client_id;
    std::optional<std::string> client_secret;
};

constexpr std::array body_credentials = {
    Parameter<BodyCredentials>{{"client_id", Presence::optional, 128, any_vschar}, &BodyCredentials::client_id},
    Parameter<BodyCredentials>{{"client_secret", Presence::optional, max_secret_length, any_vschar},
                               &BodyCredentials::client_secret},
};

struct Presented {
    std::string client_id;
    Secret secret;
    AuthMethod method;
};

// `client` only when there is such a client: an id that nobody has may be the secret, in the wrong field
// (curl -u SECRET:ID), and is written down nowhere. The request's id and address find the caller all the same.
std::unexpected<OAuthError> refuse(Word reason, const ClientName& client, const Request& request, Context& context)
{
    return context.audit.refuse(request, {.name = EventName::client_auth_failed, .client = client, .reason = reason},
                                ErrorCode::invalid_client, "client authentication failed");
}

Result<Presented> read_credentials(const Request& request, BodyCredentials body, Context& context)
{
    if (request.authorization) {
        auto basic = parse_basic(*request.authorization);
        if (!basic || basic->client_secret.reveal().size() > max_secret_length)
            return refuse("malformed_basic", {}, request, context);
        // RFC 6749 §2.3: not more than one method in each request.
        if (body.client_secret)
            return fail(ErrorCode::invalid_request, "client credentials are in the header and in the body");
        if (body.client_id && *body.client_id != basic->client_id)
            return fail(ErrorCode::invalid_request, "client_id differs from the one that authenticated");
        return Presented{std::move(basic->client_id), std::move(basic->client_secret), AuthMethod::client_secret_basic};
    }
    if (!body.client_id)
        return refuse("no_credentials", {}, request, context);
    if (body.client_secret)
        return Presented{std::move(*body.client_id), Secret(std::move(*body.client_secret)),
                         AuthMethod::client_secret_post};
    return Presented{std::move(*body.client_id), Secret(), AuthMethod::none};
}

bool accepts(const Client& client, AuthMethod used)
{
    if (client.auth_method == AuthMethod::any_secret)
        return used == AuthMethod::client_secret_basic || used == AuthMethod::client_secret_post;
    return used == client.auth_method;
}

// Failures are counted for each client and address, so that a stranger elsewhere cannot lock a client out.
std::string throttled(const Client& client, const Request& request)
{
    return client.id + ":" + network_of(request.remote_address);
}

// Whoever is told to wait is told so, and not that the secret is wrong: its library would throw the secret away.
Result<void> count_attempt(const std::string& whose, const Client& client, const Request& request, Context& context)
{
    const auto wait = TRY(context.throttles.count(context.settings.client_throttle, whose, context.clock.now()));
    if (wait == 0)
        return {};
    context.audit.record(request, {.name = EventName::client_auth_throttled, .client = client});
    return too_many_attempts(wait);
}

// A chosen secret can be guessed, and a stranger could keep the endpoint busy with Argon2id: counted before it is
// checked.
Result<bool> chosen_secret_is_right(const Presented& presented, const Client& client, const Request& request,
                                    Context& context)
{
    if (context.verified_secrets.knows(presented.secret, client.secret_hash))
        return true;
    const auto turn = context.passwords.take_turn();
    if (!turn)
        return fail(ErrorCode::temporarily_unavailable, "the server is busy; try again shortly",
                    "timeout waiting to compute a hash");
    // Another thread may have verified the same secret meanwhile: a busy client must not be counted against itself.
    if (context.verified_secrets.knows(presented.secret, client.secret_hash))
        return true;
    const auto whose = throttled(client, request);
    TRY(count_attempt(whose, client, request, context));
    if (!PasswordVerifier::verify(presented.secret, client.secret_hash))
        return false;
    TRY(context.throttles.forgive(context.settings.client_throttle, whose));
    context.verified_secrets.remember(presented.secret, client.secret_hash);
    return true;
}

Result<bool> secret_is_right(const Presented& presented, const Client& client, const Request& request, Context& context)
{
    if (is_slow_hash(client.secret_hash))
        return chosen_secret_is_right(presented, client, request, context);
    // A generated one is cheap to check and too long to guess: whoever has it never waits, and needs no round trip.
    if (PasswordVerifier::verify(presented.secret, client.secret_hash))
        return true;
    TRY(count_attempt(throttled(client, request), client, request, context));
    return false;
}

} // namespace

Result<AuthenticatedClient> authenticate_client(const Request& request, const Form& form, Context& context)
{
    auto credentials = TRY(bind_parameters(form, body_credentials));
    const auto presented = TRY(read_credentials(request, std::move(credentials), context));
    auto client = TRY(context.clients.find(presented.client_id));
    if (!client)
        return refuse("unknown_client", {}, request, context);
    // RFC 7591 §2: the method that was registered and no other.
    if (!accepts(*client, presented.method))
        return refuse("wrong_method", *client, request, context);
    if (!client->is_public() && !TRY(secret_is_right(presented, *client, request, context)))
        return refuse("wrong_secret", *client, request, context);
    return AuthenticatedClient(std::move(client));
}

bool names_public_client(const Request& request, Context& context)
{
    if (request.authorization)
        return false;
    const auto form = body_parameters(request);
    if (!form)
        return false;
    const auto credentials = bind_parameters(*form, body_credentials);
    if (!credentials || !credentials->client_id)
        return false;
    const auto client = context.clients.find(*credentials->client_id);
    return client && *client && (*client)->is_public();
}

} // namespace stile
