// stile user end-sessions. Users of a login program (functions/login/README.md) have no record; their sessions and grants are
// found by the user name or sub in them.
#include "functions/stile/user/end_sessions.h"

#include "shared/endpoint/end_login.h"

#include <memory>

namespace stile::admin {

namespace {

struct Whose {
    std::string name;
    std::string subject;
};

// Sessions first: after issuing a code, authorize and consent check that the session still exists (confirm_session).
Result<int> end_sessions(const Whose& whose, AdminContext& context)
{
    if (whose.name.empty() && whose.subject.empty())
        return print_error(misused, "missing argument: a user name or --subject");
    Person person = Person::by_subject(whose.subject);
    if (!whose.name.empty()) {
        const auto name = canonical_user_name(whose.name);
        if (!name)
            return fail(ErrorCode::invalid_request, "a user name is 1 to 128 of a-z 0-9 . _ @ + -");
        const auto user = TRY(context.users.find(*name));
        person = user ? Person(*user) : Person(*name, "");
    }
    constexpr Word reason = "ended_by_operator";
    const auto sessions = TRY(context.sessions.list_of(person.name, person.subject));
    auto ended = TRY(end_logins(sessions, person, reason, context));
    const auto tell = context.tell_revoked({}, person, reason);
    ended.grants += person.subject.empty() ? TRY(context.grant_lists.revoke_all_of_user(person.name, tell))
                                           : TRY(context.grant_lists.revoke_all_of_subject(person.subject, tell));
    context.print.report(in_words(ended), {{"sessions_ended", std::int64_t{ended.sessions}},
                                           {"grants_revoked", std::int64_t{ended.grants}}});
    return done;
}

} // namespace

std::string in_words(const Ended& ended)
{
    return counted(static_cast<std::size_t>(ended.sessions), "session") + " ended, "
           + counted(static_cast<std::size_t>(ended.grants), "grant") + " revoked";
}

Result<Ended> end_logins(const std::vector<Sessions::Listed>& sessions, const Person& user, Word reason,
                         AdminContext& context)
{
    Ended ended;
    const auto tell = context.tell_revoked({}, user, reason);
    for (const auto& [id, session] : sessions) {
        const EndingLogin login = {id, session.login_id.empty() ? id : session.login_id, session.subject};
        TRY(end_login(login, context, context.clock, [&](const Sessions::RecordedGrant& grant) {
            ++ended.grants;
            tell(grant.grant_id);
        }));
        ++ended.sessions;
    }
    if (ended.sessions > 0)
        context.record({.name = EventName::session_ended,
                        .user = user,
                        .count = static_cast<std::size_t>(ended.sessions),
                        .reason = reason});
    return ended;
}

Result<Person> owner_of(const User& user, AdminContext& context)
{
    return TRY(context.subjects.is_of(user)) ? Person(user) : Person(user.name, "");
}

// RFC 9700 §4.14.2: a new password revokes what the old one gave.
Result<Ended> end_everything(const Person& user, Word reason, AdminContext& context)
{
    const auto sessions = TRY(context.sessions.list_of(user.name));
    auto ended = TRY(end_logins(sessions, user, reason, context));
    const auto tell = context.tell_revoked({}, user, reason);
    ended.grants += user.subject.empty() ? TRY(context.grant_lists.revoke_all_of_user(user.name, tell))
                                         : TRY(context.grant_lists.revoke_all_of_subject(user.subject, tell));
    TRY(context.known_browsers.forget_all_of(user.name));
    return ended;
}

void add_end_sessions_command(Command& user, CommandLine& line)
{
    auto* command = user.add_subcommand("end-sessions", "Ends a user's sessions and grants");
    const auto whose = std::make_shared<Whose>();
    auto* name = command->add_option("NAME", whose->name, "User name (case-insensitive)");
    command->add_option("--subject", whose->subject, "The user's sub, instead of the name")->excludes(name);
    command->callback(
        [&line, whose] { line.run([&](AdminContext& context) { return end_sessions(*whose, context); }); });
}

} // namespace stile::admin
