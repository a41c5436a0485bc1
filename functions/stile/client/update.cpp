// stile client update.
#include "functions/stile/client/options.h"
#include "functions/stile/client/verbs.h"
#include "functions/stile/suggest.h"

#include "shared/base/text.h"
#include "shared/oauth/subject.h"

#include <memory>

namespace stile::admin {

namespace {

// The names of the settings that differ.
std::vector<std::string> differences(const Client& before, const Client& after)
{
    std::vector<std::string> names;
    for (const auto& setting : client_settings())
        if (setting.value(before) != setting.value(after))
            names.emplace_back(setting.name);
    return names;
}

Result<Client> changed(const Client& before, const ClientOptions& options, AdminContext& context)
{
    auto after = TRY(options.applied_to(before));
    after = TRY(checked(before, std::move(after)));
    if (after.is_public() != before.is_public())
        return fail(ErrorCode::invalid_request,
                    "--token-endpoint-auth-method: a client cannot change between public and confidential; remove it "
                    "and add it again");
    if (!after.is_pairwise)
        after.pairwise_salt.clear();
    else if (after.pairwise_salt.empty())
        after.pairwise_salt = TRY(kept_pairwise_salt(context));
    return after;
}

Result<int> update(const std::string& id, const ClientOptions& options, AdminContext& context)
{
    std::vector<std::string> names;
    Client after;
    bool has_new_subs = false;
    const auto change = [&](const Client& before) -> Result<Client> {
        after = TRY(changed(before, options, context));
        has_new_subs = gives_other_subs(before, after);
        names = differences(before, after);
        return after;
    };
    const bool was_there = TRY(context.clients.update(id, change));
    if (!was_there)
        return no_client(id, context);
    if (!names.empty())
        context.record({.name = EventName::client_updated, .client = after});
    // A client must not hold tokens of one user under two subs.
    const int revoked =
        has_new_subs
            ? TRY(context.grant_lists.revoke_all_of_client(id, context.tell_revoked(after, {}, "subject_changed")))
            : 0;
    const auto ended = has_new_subs ? "; " + counted(static_cast<std::size_t>(revoked), "grant") + " revoked" : "";
    context.print.report(names.empty() ? "nothing to change" : "changed: " + join(names, " ") + ended,
                         {{"client_id", id}, {"changed", names}, {"grants_revoked", std::int64_t{revoked}}});
    return done;
}

} // namespace

void add_client_update_command(Command& client, CommandLine& line)
{
    auto* command = client.add_subcommand(
        "update",
        "Changes the given settings and keeps the others. The functions apply them within STILE_CLIENT_CACHE\n"
        "seconds. What the client may no longer request is left out of what its grants give. They are revoked if\n"
        "the change gives the client's users other subs: --subject-type, or the host of a pairwise client.");
    const auto id = std::make_shared<std::string>();
    command->add_option("ID", *id, help_of_id)->required();
    const auto options = std::make_shared<ClientOptions>();
    options->add_to(*command);
    options->add_unset_to(*command);
    command->callback(
        [&line, id, options] { line.run([&](AdminContext& context) { return update(*id, *options, context); }); });
}

} // namespace stile::admin
