#include "shared/endpoint/password_check.h"

#include "shared/crypto/digest.h"
#include "shared/crypto/password.h"
#include "shared/endpoint/known_browser.h"
#include "shared/http/network.h"

namespace stile {

namespace {

// The name under which attempts are counted. An unknown user name may be a password in the wrong field, so it is
// neither logged nor stored; its digest is. Both use the canonical name: otherwise a change of case would tell whether
// a user exists.
std::string throttled_name(const std::optional<User>& user, std::string_view canonical)
{
    return user ? user->name : "unknown-" + sha256_base64url(canonical).substr(0, 22);
}

// The counters of an attempt: of the network that it comes from, and of the account. A known browser has its own
// counter in place of the account's, so that an attacker cannot lock the user out of it.
struct Counters {
    HashQueue::Caller caller; // known if the browser is
    std::string network;
    ThrottleRule rule;
    std::string account;
};

Result<Counters> counters_of(const std::string& name, const Request& request, Context& context)
{
    const auto& rules = context.settings.login_throttle;
    const auto browser = TRY(find_known_browser(name, request, context));
    return Counters{browser ? HashQueue::Caller::known : HashQueue::Caller::stranger,
                    network_of(request.remote_address), browser ? rules.by_browser : rules.by_user,
                    browser ? name + ":" + *browser : name};
}

// An attempt that must wait for one counter is not counted by the other.
Result<Seconds> count_attempt(const Counters& counters, Context& context)
{
    const auto& by_address = context.settings.login_throttle.by_address;
    const Seconds now = context.clock.now();
    const auto wait = TRY(context.throttles.count(by_address, counters.network, now));
    if (wait > 0)
        return wait;
    const auto account_wait = TRY(context.throttles.count(counters.rule, counters.account, now));
    if (account_wait > 0)
        TRY(context.throttles.forgive(by_address, counters.network));
    return account_wait;
}

Result<void> forgive_attempt(const Counters& counters, Context& context)
{
    TRY(context.throttles.forgive(context.settings.login_throttle.by_address, counters.network));
    return context.throttles.forgive(counters.rule, counters.account);
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
    const auto wait = TRY(count_attempt(counters, context));
    if (wait > 0) {
        about.name = EventName::login_throttled;
        context.audit.record(request, std::move(about));
        return PasswordCheck{std::nullopt, wait};
    }

    const bool right = user ? verify_password(password, user->password_hash) : verify_in_vain(password);
    turn.reset();
    if (!right) {
        about.name = EventName::login_failed;
        about.reason = user ? Word("wrong_password") : Word("unknown_user");
        context.audit.record(request, std::move(about));
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
