#include "functions/stile/command.h"

#include "shared/base/text.h"
#include "shared/oauth/split_token.h"

#include <memory>

namespace stile::admin {

namespace {

// The first 18 characters of a token name its record; the secret behind them is not needed.
Result<int> show(const std::string& token, AdminContext& context)
{
    constexpr std::size_t named = grant_id_length + selector_length;
    if (token.size() < named || !all_of(token, is_base62))
        return print_error(misused, "a token, or its first 18 characters, consists of letters and digits");
    const auto shown =
        TRY(context.grant_lists.show(token.substr(0, grant_id_length), token.substr(grant_id_length, selector_length)));
    if (!shown)
        return print_error(not_found, "no such token: it is unknown, expired or revoked");
    Entry entry = {{"key", shown->key}};
    for (const auto& [field, value] : shown->record.fields())
        entry.push_back({field, value});
    entry.push_back({"expires_in", shown->expires_in, std::to_string(shown->expires_in) + " s"});
    entry.push_back(
        {"revoked", !shown->is_granted, shown->is_granted ? std::string() : std::string("its grant has ended")});
    context.print.thing(entry);
    return done;
}

} // namespace

void add_token_commands(Command& app, CommandLine& line)
{
    auto* token = app.add_subcommand("token", "Tokens and codes");
    token->require_subcommand(1);
    const auto text = std::make_shared<std::string>();
    auto* command = token->add_subcommand("show", "Shows the record of a code, access token or refresh token");
    command->add_option("TOKEN", *text, "The token, or its first 18 characters")->required();
    command->callback([&line, text] { line.run([&](AdminContext& context) { return show(*text, context); }); });
}

} // namespace stile::admin
