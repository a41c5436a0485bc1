#include "shared/endpoint/password_check.h"

#include "shared/crypto/digest.h"
#include "shared/crypto/password.h"
#include "shared/endpoint/known_browser.h"
#include "shared/endpoint/network_counters.h"

#include <utility>
#include <vector>

namespace stile {

namespace {

// The name under which attempts are counted. An unknown user name may be a password in the wrong field, so it is
// neither logged nor stored; its digest is. Both use the canonical name: otherwise a change of case would tell whether
// a user exists.
std::string throttled_name(const std::optional<User>& user, std::string_view canonical)
{
    return user ? user->name : "unknown-" + sha256_base64url(canonical).substr(0, 22);
}

// The counters of an attempt: of the networks that it comes from, and of the account. A known browser has its own
// counter in place of the account's, so that an attacker cannot lock the user out of it.
struct Counters {
    HashQueue::Caller caller; // known if the browser is
    std::vector<AttemptCounter> networks; // none if the operator exempts one
    AttemptCounter account;

    bool is_browser_known() const { return caller == HashQueue::Caller::known; }
};

std::vector<AttemptCounter> counters_of_networks(const Request& request, const LoginThrottle& rules)
{
    if (const auto address = parse_ip_address(request.remote_address); address && is_in(rules.exempt, *address))
        return {};
    return counters_of(rules.by_address, "", request.remote_address);
}

Result<Counters> counters_of(const std::string& name, const Request& request, Context& context)
{
    const auto& rules = context.settings.login_throttle;
    const auto browser = TRY(find_known_browser(name, request, context));
    return Counters{browser ? HashQueue::Caller::known : HashQueue::Caller::stranger,
                    counters_of_networks(request, rules),
                    {browser ? rules.by_browser : rules.by_user, browser ? name + ":" + *browser : name}};
}

// A stranger must wait for either; what must wait for one is not counted by the other. Of a known browser the networks
// are not asked: the guesses of others behind the same address would lock it out.
Result<Wait> count_attempt(const Counters& counters, Seconds now, Context& context)
{
    if (counters.is_browser_known())
        return context.throttles.count({counters.account}, now);
    auto wait = TRY(context.throttles.count(counters.networks, now));
    if (wait.seconds > 0)
        return wait;
    wait = TRY(context.throttles.count({counters.account}, now));
    if (wait.seconds > 0)
        TRY(context.throttles.forgive(counters.networks));
    return wait;
}

// Records a refusal with what is the same for all that the counter refuses: its network, or its account.
void record_refusal(const Wait& wait, Seconds now, Event about, const Counters& counters, const Request& request,
                    Context& context)
{
    about.name = EventName::login_throttled;
    Event of_all = {.name = about.name};
    if (name_of(wait.by) == name_of(counters.account))
        of_all.user = about.user;
    else
        of_all.address = wait.by.whose;
    context.audit.refuse_at_door(request, std::move(about), {name_of(wait.by), now + wait.seconds, std::move(of_all)});
}

// A failure in a known browser is counted for its networks as well: after the check, so that a right password does not
// lift what others behind the same address have to wait.
Result<void> count_failure(const Counters& counters, Context& context)
{
    if (counters.is_browser_known())
        TRY(context.throttles.count(counters.networks, context.clock.now()));
    return {};
}

Result<void> forgive_attempt(const Counters& counters, Context& context)
{
    std::vector<AttemptCounter> counted = {counters.account};
    if (!counters.is_browser_known())
        counted.insert(counted.end(), counters.networks.begin(), counters.networks.end());
    return context.throttles.forgive(counted);
}

} // namespace

Result<PasswordCheck> check_password(std::string_view username, const Secret& password, Event about,
                                     const Request& request, Context& context)
{
    const auto canonical = canonical_user_name(username);
    std::optional<User> user;
    if (canonical)
        user = TRY(context.users.find(*canonical));
    const auto name = throttled_name(user, canonical.value_or(std::string(username)));

    if (user)
        about.user = *user;

    const auto counters = TRY(counters_of(name, request, context));
    // A guess is counted before it is checked, but not before its turn: what is refused there was no guess.
    auto turn = context.hashes.take_turn(counters.caller);
    if (!turn)
        return too_busy_to_hash("too many logins at once");
    const auto now = context.clock.now();
    context.audit.tell_opened(now);
    const auto wait = TRY(count_attempt(counters, now, context));
    if (wait.seconds > 0) {
        record_refusal(wait, now, std::move(about), counters, request, context);
        return PasswordCheck{std::nullopt, wait.seconds};
    }

    const bool right = user ? verify_password(password, user->password_hash) : verify_in_vain(password);
    turn.reset();
    if (!right) {
        about.name = EventName::login_failed;
        about.reason = user ? Word("wrong_password") : Word("unknown_user");
        context.audit.record(request, std::move(about));
        TRY(count_failure(counters, context));
        return PasswordCheck{};
    }
    TRY(forgive_attempt(counters, context));
    return PasswordCheck{std::move(user), 0};
}

Result<bool> is_still_current(const User& user, Context& context)
{
    const auto now = TRY(context.users.find(user.name));
    return now && now->subject == user.subject && now->password_hash == user.password_hash;
}

} // namespace stile
