// Checks the password of a user: throttled before it is checked, with a slow hash, and without telling whether the user
// exists.
#pragma once

#include "shared/base/secret.h"
#include "shared/endpoint/context.h"
#include "shared/http/request.h"

#include <optional>
#include <string_view>

namespace stile {

struct PasswordCheck {
    std::optional<User> user; // only if the password is right
    Seconds wait = 0; // above 0: too many attempts; nothing was checked; try again after so many seconds
};

// `username` as typed. Counts the attempt for the account and for the networks of its address before anything is checked,
// and takes the count back if the password is right. In a known browser it is counted only for that browser, and for the
// networks only if it fails: failures of others do not keep its user waiting. Takes the same work and gives the same
// answer whether the user exists or not (ASVS 5.0 V6.3.8). Records failures and throttled attempts as events with the
// fields of `about`: client, grant, grant type.
Result<PasswordCheck> check_password(std::string_view username, const Secret& password, Event about,
                                     const Request& request, Context& context);

// Does the user still have the password that was checked? Call it after the session or grant was written. A change of
// the password is written before it ends the sessions and grants that it finds, so in any order one of the two sees the
// other.
Result<bool> is_still_current(const User& user, Context& context);

} // namespace stile
