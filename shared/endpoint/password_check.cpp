#include "shared/endpoint/password_check.h"

#include "shared/crypto/digest.h"

namespace stile {

namespace {

// Under which name attempts are counted. A name that nobody has may be a password in the wrong field: it is neither
// logged nor written down, only its digest.
// The name is the canonical one in both cases, or a change of case would tell them apart.
std::string throttled_name(const std::optional<User>& user, std::string_view canonical)
{
    return user ? user->name : "unknown-" + sha256_base64url(canonical).substr(0, 22);
}

// The longer wait counts, and whoever must wait for one is not counted by the other.
Result<Seconds> count_attempt(const std::string& name, const Request& request, Context& context)
{
    const auto& rules = context.settings.login_throttle;
    const Seconds now = context.clock.now();
    const auto by_address = TRY(context.throttles.count(rules.by_address, request.remote_address, now));
    if (by_address > 0)
        return by_address;
    return context.throttles.count(rules.by_user, name, now);
}

Result<void> forgive_attempt(const std::string& name, const Request& request, Context& context)
{
    const auto& rules = context.settings.login_throttle;
    TRY(context.throttles.forgive(rules.by_address, request.remote_address));
    return context.throttles.forgive(rules.by_user, name);
}

} // namespace

Result<PasswordCheck> check_password(std::string_view username, const Secret& password, const Request& request,
                                     Context& context)
{
    const auto canonical = canonical_user_name(username);
    std::optional<User> user;
    if (canonical)
        user = TRY(context.users.find(*canonical));
    const auto name = throttled_name(user, canonical.value_or(std::string(username)));

    const auto wait = TRY(count_attempt(name, request, context));
    if (wait > 0)
        return PasswordCheck{std::nullopt, wait};

    const auto turn = context.passwords.take_turn();
    if (!turn)
        return fail(ErrorCode::temporarily_unavailable, "too many logins at once; try again shortly",
                    "no turn to hash");
    const bool right =
        user ? context.passwords.verify(password, user->password_hash) : context.passwords.verify_in_vain(password);
    if (!right) {
        context.log.info("login failed", {{"user", user ? user->name : "(unknown)"},
                                          {"address", request.remote_address},
                                          {"request_id", request.request_id}});
        return PasswordCheck{};
    }
    TRY(forgive_attempt(name, request, context));
    return PasswordCheck{std::move(user), 0};
}

Result<bool> is_still_current(const User& user, Context& context)
{
    const auto now = TRY(context.users.find(user.name));
    return now && now->subject == user.subject && now->password_hash == user.password_hash;
}

} // namespace stile
