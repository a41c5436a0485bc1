// Ending what a user has.
#pragma once

#include "functions/stile/command.h"

#include "shared/oauth/event.h"
#include "shared/store/sessions.h"

#include <string>
#include <vector>

namespace stile::admin {

// How many were ended.
struct Ended {
    int sessions = 0;
    int grants = 0;
};

// "1 session ended, 2 grants revoked"
std::string in_words(const Ended& ended);

// The user; without the sub if that belongs to another user, whose grants and consents must stay.
Result<Person> owner_of(const User& user, AdminContext& context);

// Ends what a user has: sessions, grants and known browsers. Without a sub, the grants under the user's name.
Result<Ended> end_everything(const Person& user, Word reason, AdminContext& context);
// Ends only these sessions and their grants. Clients that registered for back-channel logout will be notified.
Result<Ended> end_logins(const std::vector<Sessions::Listed>& sessions, const Person& user, Word reason,
                         AdminContext& context);

void add_end_sessions_command(Command& user, CommandLine& line);

} // namespace stile::admin
