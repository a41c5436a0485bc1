// An unknown client and a wrong secret get the same answer, but may differ in time: a chosen secret takes an Argon2id
// hash, an unknown id takes none. The difference tells no more than /oauth/authorize, which must report an unknown
// client_id. An Argon2id hash or a Redis record for every invented id would make denial of service easy.
#include "shared/endpoint/client_auth.h"

#include "shared/crypto/password.h"
#include "shared/endpoint/network_counters.h"
#include "shared/endpoint/params.h"
#include "shared/http/basic_auth.h"

#include <array>
#include <vector>

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

// Name `client` only if it is registered: an unknown id may be the secret in the wrong field (curl -u SECRET:ID), and
// must not be written anywhere. The request id and the address still identify the caller.
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

// Failures are counted per client and network, so that an attacker from elsewhere cannot lock a client out.
std::vector<AttemptCounter> throttled(const Client& client, const Request& request, const Context& context)
{
    return counters_of(context.settings.client_throttle, client.id + ":", request.remote_address);
}

// The answer is that the client must wait, not that its secret is wrong: client libraries discard a secret that is
// wrong.
Result<void> count_attempt(const std::vector<AttemptCounter>& counters, const Client& client, const Request& request,
                           Context& context)
{
    const auto now = context.clock.now();
    context.audit.tell_opened(now);
    const auto wait = TRY(context.throttles.count(counters, now));
    if (wait.seconds == 0)
        return {};
    Event throttled = {.name = EventName::client_auth_throttled, .client = client};
    auto of_all = throttled;
    of_all.address = wait.by.whose.substr(client.id.size() + 1); // after "<client_id>:"
    context.audit.refuse_at_door(request, std::move(throttled),
                                 {name_of(wait.by), now + wait.seconds, std::move(of_all)});
    return too_many_attempts(wait.seconds);
}

// A chosen secret can be guessed, and Argon2id could be used to keep the endpoint busy. So the attempt is counted before
// the secret is checked; but not before its turn, because what is refused there was no guess.
Result<bool> check_in_turn(const Presented& presented, const Client& client, HashQueue::Caller caller,
                           const Request& request, Context& context)
{
    const auto counters = throttled(client, request, context);
    {
        const auto turn = context.hashes.take_turn(caller);
        if (!turn)
            return too_busy_to_hash("the queue for hashes is full, or too slow");
        // Another request may have verified the same secret meanwhile.
        if (context.verified_secrets.knows(presented.secret, client.secret_hash))
            return true;
        TRY(count_attempt(counters, client, request, context));
        if (!verify_password(presented.secret, client.secret_hash))
            return false;
    }
    TRY(context.throttles.forgive(counters));
    context.verified_secrets.remember(presented.secret, client.secret_hash);
    return true;
}

Result<bool> chosen_secret_is_right(const Presented& presented, const Client& client, const Request& request,
                                    Context& context)
{
    if (context.verified_secrets.knows(presented.secret, client.secret_hash))
        return true;
    // The requests of a busy client are not failed attempts: the same secret is checked once for all of them.
    const auto caller = context.verified_secrets.was_right_lately(presented.secret, client.secret_hash)
                            ? HashQueue::Caller::known
                            : HashQueue::Caller::stranger;
    const auto fingerprint = context.verified_secrets.fingerprint(presented.secret, client.secret_hash);
    return context.secret_checks.check({client.id, fingerprint, caller},
                                       [&] { return check_in_turn(presented, client, caller, request, context); });
}

Result<bool> secret_is_right(const Presented& presented, const Client& client, const Request& request, Context& context)
{
    if (is_slow_hash(client.secret_hash))
        return chosen_secret_is_right(presented, client, request, context);
    // A generated secret is cheap to check and too long to guess: with the right one there is no wait and no round
    // trip.
    if (verify_password(presented.secret, client.secret_hash))
        return true;
    TRY(count_attempt(throttled(client, request, context), client, request, context));
    return false;
}

} // namespace

NamedClient find_named_client(const Request& request, const Form& form, Context& context)
{
    const auto credentials = bind_parameters(form, body_credentials);
    if (request.authorization || !credentials || !credentials->client_id)
        return {form, nullptr};
    return {form, context.clients.find(*credentials->client_id)};
}

Result<AuthenticatedClient> authenticate_client(const Request& request, const NamedClient& named, Context& context)
{
    auto credentials = TRY(bind_parameters(named.m_form, body_credentials));
    const auto presented = TRY(read_credentials(request, std::move(credentials), context));
    auto client = request.authorization ? TRY(context.clients.find(presented.client_id)) : TRY(named.m_found);
    if (!client)
        return refuse("unknown_client", {}, request, context);
    // RFC 7591 §2: the registered method and no other.
    if (!accepts(*client, presented.method))
        return refuse("wrong_method", *client, request, context);
    if (!client->is_public() && !TRY(secret_is_right(presented, *client, request, context)))
        return refuse("wrong_secret", *client, request, context);
    return AuthenticatedClient(std::move(client));
}

Result<AuthenticatedClient> authenticate_client(const Request& request, const Form& form, Context& context)
{
    return authenticate_client(request, find_named_client(request, form, context), context);
}

} // namespace stile
