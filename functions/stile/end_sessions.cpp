// stile user end-sessions: for users whom another program authenticates (functions/login/README.md) there is no record,
// so what they have is found by what sessions and grants say.
#include "functions/stile/command.h"

#include "shared/endpoint/end_login.h"

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
    if (whose.name.empty() && whose.subject.empty())
        return complain(misused, "missing argument: a user name or --subject");
    Person person = Person::by_subject(whose.subject);
    if (!whose.name.empty()) {
        const auto name = canonical_user_name(whose.name);
        if (!name)
            return fail(ErrorCode::invalid_request, "a user name is 1 to 128 of a-z 0-9 . _ @ + -");
        const auto user = TRY(workplace.users.find(*name));
        person = user ? Person(*user) : Person(*name, "");
    }
    constexpr Word reason = "ended_by_operator";
    const auto sessions = TRY(workplace.sessions.list_of(person.name, person.subject));
    auto ended = TRY(end_logins(sessions, person, reason, workplace));
    const auto tell = workplace.tell_revoked({}, person, reason);
    ended.grants += person.subject.empty() ? TRY(workplace.grants.revoke_all_of(person.name, tell))
                                           : TRY(workplace.grants.revoke_all_with("sub", person.subject, tell));
    workplace.print.report(
        std::to_string(ended.sessions) + " sessions ended, " + std::to_string(ended.grants) + " grants revoked",
        {{"sessions_ended", std::int64_t{ended.sessions}}, {"grants_revoked", std::int64_t{ended.grants}}});
    return done;
}

} // namespace

Result<Ended> end_logins(const std::vector<Sessions::Listed>& sessions, const Person& user, Word reason,
                         Workplace& workplace)
{
    Ended ended;
    const auto tell = workplace.tell_revoked({}, user, reason);
    for (const auto& [id, session] : sessions) {
        const EndingLogin login = {id, session.login_id.empty() ? id : session.login_id, session.subject};
        TRY(end_login(login, workplace, workplace.clock, [&](const Sessions::RecordedGrant& grant) {
            ++ended.grants;
            tell(grant.grant_id);
        }));
        ++ended.sessions;
    }
    if (ended.sessions > 0)
        workplace.record({.name = EventName::session_ended,
                          .user = user,
                          .count = static_cast<std::size_t>(ended.sessions),
                          .reason = reason});
    return ended;
}

void add_end_sessions_command(Command& user, CommandLine& line)
{
    auto* command = user.add_subcommand("end-sessions", "Ends a user's sessions and grants");
    const auto whose = std::make_shared<Whose>();
    auto* name = command->add_option("NAME", whose->name, "User name (case-insensitive)");
    command->add_option("--subject", whose->subject, "The user's sub, instead of the name")->excludes(name);
    command->callback(
        [&line, whose] { line.run([&](Workplace& workplace) { return end_sessions(*whose, workplace); }); });
}

} // namespace stile::admin
