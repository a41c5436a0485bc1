#include "functions/stile/client_options.h"

#include "shared/base/text.h"

#include <algorithm>

namespace stile::admin {

namespace {

std::string option_of(const std::string& setting)
{
    if (setting == "client_id")
        return "--id";
    std::string option = "--" + setting;
    if (setting.ends_with("_uris") || setting.ends_with("_types")) // one is given at a time
        option.pop_back();
    std::ranges::replace(option, '_', '-');
    return option;
}

template <typename Value>
void take(const std::optional<Value>& given, Value& setting)
{
    if (given)
        setting = *given;
}

void take(const std::vector<std::string>& given, std::vector<std::string>& setting)
{
    if (!given.empty())
        setting = given;
}

// As `client add` has it where nothing is said.
void take_away(const std::string& option, ClientSettings& settings)
{
    const ClientSettings fresh;
    if (option == "name")
        settings.name = fresh.name;
    else if (option == "token-endpoint-auth-method")
        settings.token_endpoint_auth_method = fresh.token_endpoint_auth_method;
    else if (option == "redirect-uri")
        settings.redirect_uris = fresh.redirect_uris;
    else if (option == "scope")
        settings.scope = fresh.scope;
    else if (option == "grant-type")
        settings.grant_types = fresh.grant_types;
    else if (option == "require-pkce")
        settings.require_pkce = fresh.require_pkce;
    else if (option == "introspect")
        settings.introspect = fresh.introspect;
    else if (option == "refresh-grace")
        settings.refresh_grace = fresh.refresh_grace;
    else if (option == "access-token-alg")
        settings.access_token_alg = fresh.access_token_alg;
    else if (option == "audience")
        settings.audience = fresh.audience;
    else if (option == "id-token-signed-response-alg")
        settings.id_token_signed_response_alg = fresh.id_token_signed_response_alg;
    else if (option == "userinfo-signed-response-alg")
        settings.userinfo_signed_response_alg = fresh.userinfo_signed_response_alg;
    else if (option == "subject-type")
        settings.subject_type = fresh.subject_type;
    else if (option == "post-logout-redirect-uri")
        settings.post_logout_redirect_uris = fresh.post_logout_redirect_uris;
    else if (option == "backchannel-logout-uri")
        settings.backchannel_logout_uri = fresh.backchannel_logout_uri;
}

// OpenID Connect.
void describe_openid(Command& command, ClientOptions& options)
{
    command
        .add_option("--id-token-signed-response-alg", options.id_token_signed_response_alg,
                    "Algorithm of its ID tokens and logout tokens (default: RS256)")
        ->type_name("{RS256,PS256,ES256,EdDSA}");
    command
        .add_option("--userinfo-signed-response-alg", options.userinfo_signed_response_alg,
                    "Algorithm of signed userinfo responses (default: plain JSON)")
        ->type_name("{RS256,PS256,ES256,EdDSA}");
    command
        .add_option("--subject-type", options.subject_type,
                    "public: the user's sub; pairwise: another sub for each host (default: public)")
        ->type_name("{public,pairwise}");
    command
        .add_option("--post-logout-redirect-uri", options.post_logout_redirect_uris,
                    "Redirect URI after logout, compared byte for byte; repeatable")
        ->allow_extra_args(false);
    command.add_option("--backchannel-logout-uri", options.backchannel_logout_uri,
                       "URI that gets a logout token when a user of the client is logged out");
}

} // namespace

void describe(Command& command, ClientOptions& options)
{
    command.add_option("--name", options.name, "Name on the consent page (default: the id)");
    command.add_option("--redirect-uri", options.redirect_uris, "Redirect URI, compared byte for byte; repeatable")
        ->allow_extra_args(false);
    command.add_option("--scope", options.scope, "Scopes that it may request, and gets if it requests none: \"a b\"");
    command
        .add_option("--grant-type", options.grant_types,
                    "authorization_code, refresh_token (default: these two), client_credentials, password; repeatable")
        ->type_name("{authorization_code,refresh_token,client_credentials,password}")
        ->allow_extra_args(false);
    command
        .add_option("--token-endpoint-auth-method", options.token_endpoint_auth_method,
                    "How it sends its secret (default: both ways are accepted)")
        ->type_name("{client_secret_basic,client_secret_post,none}");
    command.add_flag("--require-pkce", options.require_pkce, "Refuse authorization requests without PKCE");
    command
        .add_option("--introspect", options.introspect,
                    "Tokens that it may introspect: own, or any for a resource server")
        ->type_name("{own,any}");
    command.add_option("--refresh-grace", options.refresh_grace,
                       "Grace period of used refresh tokens, in seconds (default: 0, at most 300)");
    command
        .add_option("--access-token-alg", options.access_token_alg,
                    "Algorithm of JWT access tokens (RFC 9068; default: opaque tokens)")
        ->type_name("{RS256,PS256,ES256,EdDSA,HS256}");
    command.add_option("--audience", options.audience,
                       "The aud claim of JWT access tokens (default: the issuer; with HS256 none)");
    describe_openid(command, options);
}

void describe_unset(Command& command, ClientOptions& options)
{
    command.add_option("--unset", options.unset, "Resets a setting to its default; repeatable")
        ->one_of({"name", "redirect-uri", "scope", "grant-type", "token-endpoint-auth-method", "require-pkce",
                  "introspect", "refresh-grace", "access-token-alg", "audience", "id-token-signed-response-alg",
                  "userinfo-signed-response-alg", "subject-type", "post-logout-redirect-uri", "backchannel-logout-uri"})
        ->allow_extra_args(false);
}

Result<ClientSettings> with(const ClientOptions& options, ClientSettings settings)
{
    for (const auto& option : options.unset)
        take_away(option, settings);
    take(options.name, settings.name);
    take(options.token_endpoint_auth_method, settings.token_endpoint_auth_method);
    take(options.redirect_uris, settings.redirect_uris);
    take(options.scope, settings.scope);
    take(options.grant_types, settings.grant_types);
    settings.require_pkce = settings.require_pkce || options.require_pkce;
    take(options.introspect, settings.introspect);
    take(options.refresh_grace, settings.refresh_grace);
    take(options.access_token_alg, settings.access_token_alg);
    take(options.audience, settings.audience);
    take(options.id_token_signed_response_alg, settings.id_token_signed_response_alg);
    take(options.userinfo_signed_response_alg, settings.userinfo_signed_response_alg);
    take(options.subject_type, settings.subject_type);
    take(options.post_logout_redirect_uris, settings.post_logout_redirect_uris);
    take(options.backchannel_logout_uri, settings.backchannel_logout_uri);
    return settings;
}

Result<Client> checked(const ClientSettings& settings)
{
    auto client = client_from(settings);
    if (!client)
        return fail(ErrorCode::invalid_request, option_of(client.error().setting) + " " + client.error().why);
    return client.take();
}

} // namespace stile::admin
