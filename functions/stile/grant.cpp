// stile grant: what users have allowed clients, and ending it.
#include "functions/stile/near.h"

#include "shared/oauth/split_token.h"

#include <algorithm>
#include <memory>

namespace stile::admin {

namespace {

// Which grants are meant: those that match all that is given.
struct Selection {
    std::string grant;
    std::string client;
    std::string user;
};

// The user's name, or a subject of whom there is no user any more.
Result<Person> person_of(const std::string& text, Workplace& workplace)
{
    const auto name = canonical_user_name(text);
    const auto user = name ? TRY(workplace.users.find(*name)) : std::nullopt;
    return user ? Person(*user) : Person::by_subject(text);
}

Result<std::vector<Grants::Listed>> selected(const Selection& selection, Workplace& workplace)
{
    const auto subject = selection.user.empty() ? std::string() : TRY(person_of(selection.user, workplace)).subject;
    auto grants = TRY(workplace.grants.list());
    std::erase_if(grants, [&](const Grants::Listed& grant) {
        return (!selection.grant.empty() && grant.id != selection.grant.substr(0, grant_id_length))
               || (!selection.client.empty() && grant.client_id != selection.client)
               || (!subject.empty() && grant.subject != subject);
    });
    return grants;
}

Result<int> list(const Selection& selection, Workplace& workplace)
{
    const auto grants = TRY(selected(selection, workplace));
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
    workplace.print.list(rows);
    return done;
}

// Who is meant by a name that matches nothing may be somebody else, near it.
Result<int> none(const Selection& selection, Workplace& workplace)
{
    if (!selection.client.empty() && !TRY(workplace.clients.find(selection.client)))
        return no_client(selection.client, workplace);
    if (!selection.user.empty() && TRY(person_of(selection.user, workplace)).name.empty())
        return no_user(selection.user, workplace);
    return complain(not_found, selection.grant.empty() ? "no such grant" : "no grant " + selection.grant);
}

Result<int> revoke(const Selection& selection, Workplace& workplace)
{
    if (selection.grant.empty() && selection.client.empty() && selection.user.empty())
        return complain(misused, "missing argument: a grant id, --client or --user");
    if (!selection.grant.empty() && !is_grant_id(std::string_view(selection.grant).substr(0, grant_id_length)))
        return complain(misused, "a grant id is the first 12 characters of its tokens");
    const auto grants = TRY(selected(selection, workplace));
    if (grants.empty())
        return none(selection, workplace);
    std::int64_t revoked = 0;
    for (const auto& grant : grants) {
        if (!TRY(workplace.grants.revoke(grant.id)))
            continue;
        ++revoked;
        workplace.tell_revoked(ClientName::of_removed(grant.client_id), Person(grant.user_name, grant.subject),
                               "admin_request")(grant.id);
    }
    workplace.print.report(std::to_string(revoked) + " grants revoked", {{"grants_revoked", revoked}});
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
        command->add_option("grant", selection->grant, "Grant id: the first 12 characters of its tokens");
        command->add_option("--client", selection->client, "Only grants of this client_id");
        command->add_option("--user", selection->user,
                            "Only grants of this user: a name, or the sub of a removed user");
        command->callback([&line, selection, action] {
            line.run([&](Workplace& workplace) { return action(*selection, workplace); });
        });
    };
    add_verb("list",
             "Lists grants: id, client, user (- for a client's own), time of issue, expiry unless refreshed, scope",
             list);
    add_verb("revoke", "Revokes grants with all their codes and tokens", revoke);
}

} // namespace stile::admin
