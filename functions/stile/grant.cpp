// stile grant: lists and revokes what users have allowed clients.
#include "functions/stile/suggest.h"

#include "shared/oauth/split_token.h"

#include <algorithm>
#include <memory>

namespace stile::admin {

namespace {

// The grants that match all fields that are not empty.
struct Selection {
    std::string grant;
    std::string client;
    std::string user;
};

// A user name, or the sub of a removed user.
Result<Person> person_of(const std::string& text, AdminContext& context)
{
    const auto name = canonical_user_name(text);
    const auto user = name ? TRY(context.users.find(*name)) : std::nullopt;
    return user ? Person(*user) : Person::by_subject(text);
}

Result<std::vector<GrantLists::Listed>> selected(const Selection& selection, AdminContext& context)
{
    const auto subject = selection.user.empty() ? std::string() : TRY(person_of(selection.user, context)).subject;
    const auto id = selection.grant.substr(0, grant_id_length);
    const bool is_one = is_grant_id(id);
    auto grants = TRY(is_one                      ? context.grant_lists.described({id})
                      : !subject.empty()          ? context.grant_lists.list_of_subject(subject)
                      : !selection.client.empty() ? context.grant_lists.list_of_client(selection.client)
                                                  : context.grant_lists.list());
    std::erase_if(grants, [&](const GrantLists::Listed& grant) {
        return (!id.empty() && grant.id != id) || (!selection.client.empty() && grant.client_id != selection.client)
               || (!subject.empty() && grant.subject != subject && grant.public_sub != subject);
    });
    return grants;
}

Result<int> list(const Selection& selection, AdminContext& context)
{
    const auto grants = TRY(selected(selection, context));
    std::vector<Row> rows;
    rows.reserve(grants.size());
    for (const auto& grant : grants)
        rows.push_back(row_of({{"grant", grant.id},
                               {"client_id", grant.client_id},
                               {"user", grant.user_name, grant.user_name.empty() ? "-" : grant.user_name},
                               {"sub", grant.subject, ""},
                               {"issued", rfc3339(grant.issued_at), "issued " + rfc3339(grant.issued_at)},
                               {"expires", rfc3339(grant.expires_at), "expires " + rfc3339(grant.expires_at)},
                               {"scope", grant.scope}}));
    context.print.list(rows);
    return done;
}

// Suggests a similar client or user if the name does not exist.
Result<int> none(const Selection& selection, AdminContext& context)
{
    if (!selection.client.empty() && !TRY(context.clients.find(selection.client)))
        return no_client(selection.client, context);
    if (!selection.user.empty() && TRY(person_of(selection.user, context)).name.empty())
        return no_user(selection.user, context);
    return print_error(not_found, selection.grant.empty() ? "no such grant" : "no grant " + selection.grant);
}

Result<int> revoke(const Selection& selection, AdminContext& context)
{
    if (selection.grant.empty() && selection.client.empty() && selection.user.empty())
        return print_error(misused, "missing argument: a grant id, --client or --user");
    if (!selection.grant.empty() && !is_grant_id(std::string_view(selection.grant).substr(0, grant_id_length)))
        return print_error(misused, "a grant id is the first 12 characters of its tokens");
    const auto grants = TRY(selected(selection, context));
    if (grants.empty())
        return none(selection, context);
    std::size_t revoked = 0;
    for (const auto& grant : grants) {
        if (!TRY(context.grants.revoke(grant.id)))
            continue;
        ++revoked;
        context.tell_revoked(ClientName::of_removed(grant.client_id), Person(grant.user_name, grant.subject),
                             "admin_request")(grant.id);
    }
    context.print.report(counted(revoked, "grant") + " revoked",
                         {{"grants_revoked", static_cast<std::int64_t>(revoked)}});
    return done;
}

} // namespace

void add_grant_commands(Command& app, CommandLine& line)
{
    auto* grant = app.add_subcommand("grant", "Grants: what users have allowed clients");
    grant->require_subcommand(1);
    const auto selection = std::make_shared<Selection>();
    const auto add_verb = [&](const char* verb, const char* sentence, auto action) {
        auto* command = grant->add_subcommand(verb, sentence);
        command->add_option("GRANT", selection->grant, "Grant id: the first 12 characters of its tokens");
        command->add_option("--client", selection->client, "Only grants of this client_id");
        command->add_option("--user", selection->user,
                            "Only grants of this user: a name, or the sub of a removed user");
        command->callback([&line, selection, action] {
            line.run([&](AdminContext& context) { return action(*selection, context); });
        });
    };
    add_verb("list",
             "Lists grants: id, client, user (- for a client's own), time of issue, expiry unless refreshed, scope",
             list);
    add_verb("revoke", "Revokes grants with all their codes and tokens", revoke);
}

} // namespace stile::admin
