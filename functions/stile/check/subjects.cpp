// Versions before the record of subs could give one sub to two users, or to a user and a client. Such subs stay as they are
// until the operator changes them, because each change makes the user a stranger to the applications.
#include "functions/stile/check/checks.h"

namespace stile::admin {

namespace {

std::string in_words(const Subjects::Doubtful& found)
{
    const auto& [user, owner, is_client] = found;
    const auto is_fixed =
        "; give user " + user.name + " another one with stile user update " + user.name + " --subject …";
    if (is_client)
        return "the sub " + user.subject + " of user " + user.name
               + " is the id of a client: an API may take one for the other" + is_fixed;
    if (owner == user.name || owner.empty())
        return "the sub " + user.subject + " of user " + user.name + " is not recorded; run stile library load";
    return "the users " + owner + " and " + user.name + " have the same sub " + user.subject
           + ": applications take them for one person" + is_fixed;
}

} // namespace

Result<void> check_subjects(AdminContext& context, CheckReport& report)
{
    const auto found = TRY(context.subjects.doubtful());
    for (const auto& each : found)
        report.problem(in_words(each));
    if (found.empty())
        report.good("each user has a sub of their own");
    return {};
}

} // namespace stile::admin
