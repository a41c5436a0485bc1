#include "shared/endpoint/password_check.h"

#include "shared/crypto/digest.h"
#include "shared/endpoint/browser.h"
#include "shared/http/network.h"

namespace stile {

namespace {

// Under which name attempts are counted. A name that nobody has may be a password in the wrong field: it is neither
// logged nor written down, only its digest.
// The name is the canonical one in both cases, or a change of case would tell them apart.
std::string throttled_name(const std::optional<User>& user, std::string_view canonical)
{
    return user ? user->name : "unknown-" + sha256_base64url(canonical).substr(0, 22);
}

// Whom an attempt is counted against: where it comes from, and the account that it is made at. In a browser in which
// the user has logged in before, that browser stands for the account, so that strangers cannot lock its owner out.
struct Counted {
    std::string network;
    ThrottleRule rule;
    std::string whose;
};

Result<Counted> whom_to_count(const std::string& name, const Request& request, Context& context)
{
    const auto& rules = context.settings.login_throttle;
    const auto browser = TRY(find_known_browser(name, request, context));
    return Counted{network_of(request.remote_address), browser ? rules.by_browser : rules.by_user,
                   browser ? name + ":" + *browser : name};
}

// Whoever must wait for one count is not counted by the other.
Result<Seconds> count_attempt(const Counted& counted, Context& context)
{
    const auto& by_address = context.settings.login_throttle.by_address;
    const Seconds now = context.clock.now();
    const auto wait = TRY(context.throttles.count(by_address, counted.network, now));
    if (wait > 0)
        return wait;
    const auto accounts_wait = TRY(context.throttles.count(counted.rule, counted.whose, now));
    if (accounts_wait > 0)
        TRY(context.throttles.forgive(by_address, counted.network));
    return accounts_wait;
}

Result<void> forgive_attempt(const Counted& counted, Context& context)
{
    TRY(context.throttles.forgive(context.settings.login_throttle.by_address, counted.network));
    return context.throttles.forgive(counted.rule, counted.whose);
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

    const auto counted = TRY(whom_to_count(name, request, context));
    const auto wait = TRY(count_attempt(counted, context));
    if (wait > 0) {
        about.name = EventName::login_throttled;
        context.audit.record(request, std::move(about));
        return PasswordCheck{std::nullopt, wait};
    }

    const auto turn = context.passwords.take_turn();
    if (!turn)
        return fail(ErrorCode::temporarily_unavailable, "too many logins at once; try again shortly",
                    "timeout waiting to compute a hash");
    const bool right =
        user ? context.passwords.verify(password, user->password_hash) : context.passwords.verify_in_vain(password);
    if (!right) {
        about.name = EventName::login_failed;
        about.reason = user ? Word("wrong_password") : Word("unknown_user");
        context.audit.record(request, std::move(about));
        return PasswordCheck{};
    }
    TRY(forgive_attempt(counted, context));
    return PasswordCheck{std::move(user), 0};
}

Result<bool> is_still_current(const User& user, Context& context)
{
    const auto now = TRY(context.users.find(user.name));
    return now && now->subject == user.subject && now->password_hash == user.password_hash;
}

} // namespace stile
