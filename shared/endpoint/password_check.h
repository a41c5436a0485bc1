// The one place where a user's password is checked: throttled first, slow, and silent about who exists.
#pragma once

#include "shared/base/secret.h"
#include "shared/endpoint/context.h"
#include "shared/http/request.h"

#include <optional>
#include <string_view>

namespace stile {

struct PasswordCheck {
    std::optional<User> user; // only when the password is right
    Seconds wait = 0; // above 0: too many attempts, nothing was checked, come back after so many seconds
};

// `username` as typed. Counts the attempt for the account (in a browser that has logged in to it before: for that
// browser) and for the address before anything is checked, and takes it back when the password is right. The same work
// and the same answer whether the user exists or not (ASVS 5.0 V6.3.8).
// Failures and throttled attempts are recorded; `about` says what they have to do with: client, grant, grant type.
Result<PasswordCheck> check_password(std::string_view username, const Secret& password, Event about,
                                     const Request& request, Context& context);

// Has the user still the password that was checked? Asked after what it opens was written. A change of the password is
// written before it ends what it finds, so whatever the order, one of the two sees the other and nothing outlives it.
Result<bool> is_still_current(const User& user, Context& context);

} // namespace stile
