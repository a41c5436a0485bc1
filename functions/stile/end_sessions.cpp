// stile user end-sessions: for users whom another program authenticates (functions/login/README.md) there is no record,
// so what they have is found by what sessions and grants say.
#include "functions/stile/command.h"

#include <memory>

namespace stile::admin {

namespace {

struct Whose {
    std::string name;
    std::string subject;
};

// Sessions first: a code that is issued meanwhile looks whether its session is still there (confirm_session).
Result<int> end_sessions(const Whose& whose, Workplace& workplace)
{
    Person person = Person::by_subject(whose.subject);
    if (!whose.name.empty()) {
        const auto name = canonical_user_name(whose.name);
        if (!name)
            return fail(ErrorCode::invalid_request, "a user name is 1 to 128 of a-z 0-9 . _ @ + -");
        const auto user = TRY(workplace.users.find(*name));
        person = user ? Person(*user) : Person(*name, "");
    }
    constexpr Word reason = "ended_by_operator";
    const int sessions = TRY(workplace.sessions.end_all_of(person.name, person.subject));
    if (sessions > 0)
        workplace.record({.name = EventName::session_ended,
                          .user = person,
                          .count = static_cast<std::size_t>(sessions),
                          .reason = reason});
    const auto tell = workplace.tell_revoked({}, person, reason);
    const int grants = person.subject.empty() ? TRY(workplace.grants.revoke_all_of(person.name, tell))
                                              : TRY(workplace.grants.revoke_all_with("sub", person.subject, tell));
    workplace.print.report(std::to_string(sessions) + " sessions ended, " + std::to_string(grants) + " grants revoked",
                           {{"sessions_ended", std::int64_t{sessions}}, {"grants_revoked", std::int64_t{grants}}});
    return done;
}

} // namespace

void add_end_sessions_command(CLI::App& user, CommandLine& line)
{
    auto* command = user.add_subcommand("end-sessions", "Ends somebody's sessions and grants");
    const auto whose = std::make_shared<Whose>();
    auto* name = command->add_option("name", whose->name, "User name; case does not matter");
    command->add_option("--subject", whose->subject, "The sub that clients know, in place of the name")->excludes(name);
    command->require_option(1);
    command->callback(
        [&line, whose] { line.run([&](Workplace& workplace) { return end_sessions(*whose, workplace); }); });
}

} // namespace stile::admin
