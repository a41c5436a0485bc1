#include "functions/demo/client/profile.h"

#include "functions/demo/client/fetch.h"

#include <algorithm>

namespace stile::demo {

namespace {

// The part of a token that names its record in Redis (the selector), and at most half of any other token.
std::string beginning_of(const Secret& token)
{
    constexpr std::size_t shown = 18;
    const auto text = token.reveal();
    return std::string(text.substr(0, std::min(shown, text.size() / 2))) + "\u2026";
}

void show_member(PageFields& fields, std::string name, std::string value)
{
    PageFields member;
    member.set("NAME", std::move(name));
    member.set("VALUE", std::move(value));
    fields.show("MEMBER", std::move(member));
}

void show_tokens(PageFields& fields, const Tokens& tokens)
{
    show_member(fields, "access_token", beginning_of(tokens.access_token));
    show_member(fields, "token_type", "Bearer");
    if (tokens.expires_in)
        show_member(fields, "expires_in", std::to_string(*tokens.expires_in) + " s");
    if (!tokens.refresh_token.empty())
        show_member(fields, "refresh_token", beginning_of(tokens.refresh_token));
    if (tokens.refresh_token_expires_in)
        show_member(fields, "refresh_token_expires_in", std::to_string(*tokens.refresh_token_expires_in) + " s");
    if (!tokens.scope.empty())
        show_member(fields, "scope", tokens.scope);
}

void show_api(PageFields& fields, const Login& login, const Settings& settings)
{
    // RFC 6750 §2.1: in the header, never in the URL.
    const auto fetched =
        fetch({settings.api, "Bearer " + std::string(login.tokens.access_token.reveal())}, settings.authority);
    fields.set("API", settings.api);
    if (!fetched) {
        fields.set("ANSWER", "no answer: " + fetched.error());
        fields.show("UNREACHABLE");
        return;
    }
    const bool accepted = fetched->status == 200;
    fields.set("ANSWER", std::to_string(fetched->status) + " " + (accepted ? fetched->body : fetched->challenge));
    if (!accepted)
        fields.show(login.is_revoked ? "REVOKED" : "REFUSED");
}

} // namespace

PageFields profile_fields(const Browser& browser, const Settings& settings)
{
    const auto& login = *browser.login;
    PageFields fields;
    fields.set("TITLE", "Profile");
    fields.set("CSRF", browser.csrf_token);
    fields.set("BEGIN", settings.base + "/begin");
    fields.set("REFRESHED", std::to_string(login.refreshed));
    show_api(fields, login, settings);
    show_tokens(fields, login.tokens);
    if (!login.is_revoked)
        fields.show("REVOKE");
    if (!login.is_revoked && !login.tokens.refresh_token.empty())
        fields.show("REFRESH");
    return fields;
}

} // namespace stile::demo
