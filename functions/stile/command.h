// What the subcommands of `stile` share.
#pragma once

#include "functions/stile/arguments.h"
#include "functions/stile/print.h"

#include "shared/base/clock.h"
#include "shared/config.h"
#include "shared/crypto/random.h"
#include "shared/endpoint/context.h"
#include "shared/oauth/error.h"
#include "shared/oauth/event.h"
#include "shared/store/events.h"
#include "shared/store/pairwise_salt.h"
#include "shared/store/stores.h"

#include <functional>
#include <string>
#include <utility>

namespace stile::admin {

// Exit statuses.
enum Exit { done = 0, failed = 1, misused = 2, not_found = 3, exists = 4, unavailable = 5 };

// What the stores of the admin command work on.
struct AdminConnection {
    explicit AdminConnection(Config read) : config(std::move(read)), connection(config.redis, clock), cache(0, clock) {}

    Config config;
    SystemClock clock;
    Connection connection;
    ClientCache cache;
};

// What a subcommand works with: the stores, as the functions have them, on one connection.
struct Workplace : AdminConnection, Stores {
    explicit Workplace(bool json);

    Printer print;
    SystemRandom random;
    PairwiseSalt pairwise_salt;
    Events events;

    // An admin action, once it is done: into the stream, and as a line on stderr when that is no terminal (or the
    // stream cannot be reached). The action stands in any case.
    void record(Event event);
    // The same for each grant that `revoke_all_with` ends.
    Grants::Tell tell_revoked(const ClientName& client, const Person& user, Word reason);
};

// What was asked for: filled in while the command line is parsed, which runs its verb.
struct CommandLine {
    bool json = false;
    int status = done;

    // Runs an action that needs Redis; whatever fails in it is one line and a status.
    void run(const std::function<Result<int>(Workplace&)>& action);
};

// Each adds its noun to the command line.
void add_client_commands(Command& app, CommandLine& line);
void add_user_commands(Command& app, CommandLine& line);
void add_end_sessions_command(Command& user, CommandLine& line); // a verb of `user`
void add_grant_commands(Command& app, CommandLine& line);
void add_token_commands(Command& app, CommandLine& line);
void add_throttle_commands(Command& app, CommandLine& line);
void add_keys_commands(Command& app, CommandLine& line);
void add_library_commands(Command& app, CommandLine& line);
void add_events_command(Command& app, CommandLine& line);
void add_move_commands(Command& app, CommandLine& line);
void add_check_command(Command& app, CommandLine& line);
void add_settings_command(Command& app, CommandLine& line);

// What `user` had, ended: sessions, grants, and the browsers that were known.
struct Ended {
    int sessions = 0;
    int grants = 0;
};
Result<Ended> end_everything(const Person& user, Word reason, Workplace& workplace);
// These sessions of theirs alone, with the grants that came of them; clients that have registered for it are to be
// told.
Result<Ended> end_logins(const std::vector<Sessions::Listed>& sessions, const Person& user, Word reason,
                         Workplace& workplace);

// One line on stderr.
int complain(Exit status, const std::string& sentence);
int complain(const OAuthError& error);

// Ends the throttles for which `is_meant` says so, by name ("login:user:alice"), and says how many there were. `about`
// is whom they concern, for the event that tells of it.
Result<int> lift_throttles(const std::function<bool(std::string_view name)>& is_meant, Event about,
                           Workplace& workplace);

// The value of an option that is a secret: "-" stands for one line of standard input, which no list of processes shows.
std::string secret_option(const std::string& value);

} // namespace stile::admin
