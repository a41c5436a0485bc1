#include "functions/stile/client_settings.h"

#include "shared/base/text.h"
#include "shared/oauth/grant_type.h"
#include "shared/oauth/redirect_uri.h"
#include "shared/oauth/subject.h"

namespace stile::admin {

namespace {

constexpr Seconds longest_grace = 300;

std::unexpected<Complaint> refuse(std::string setting, std::string why, std::optional<std::size_t> index = {})
{
    return std::unexpected(Complaint{std::move(setting), index, std::move(why)});
}

bool is_shown_safely(char c)
{
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
}

Expected<void, Complaint> check_uris(const std::string& setting, const std::vector<std::string>& uris)
{
    for (std::size_t i = 0; i < uris.size(); ++i)
        if (const auto why = why_not_registrable(uris[i]))
            return refuse(setting, uris[i] + " " + *why, i);
    return {};
}

Expected<void, Complaint> check_words(const ClientSettings& settings)
{
    if (!is_client_id(settings.client_id))
        return refuse("client_id", "must be 1 to 128 of A-Z a-z 0-9 . _ ~ -");
    if (!all_of(settings.name, is_shown_safely) || settings.name.size() > 200)
        return refuse("name", "must be at most 200 bytes without control characters");
    TRY(check_uris("redirect_uris", settings.redirect_uris));
    TRY(check_uris("post_logout_redirect_uris", settings.post_logout_redirect_uris));
    for (std::size_t i = 0; i < settings.grant_types.size(); ++i)
        if (!is_grant_type(settings.grant_types[i]))
            return refuse("grant_types", "must be authorization_code, refresh_token, client_credentials or password",
                          i);
    if (settings.introspect != "own" && settings.introspect != "any")
        return refuse("introspect", "must be own or any");
    if (settings.refresh_grace < 0 || settings.refresh_grace > longest_grace)
        return refuse("refresh_grace", "must be 0 to 300 seconds");
    if (!all_of(settings.audience, [](char c) { return is_vschar(c) && c != ' '; }) || settings.audience.size() > 1024)
        return refuse("audience", "must be a URI of at most 1024 characters");
    return {};
}

// RFC 9068: which algorithm signs the client's access tokens; nothing for opaque ones.
Expected<std::optional<JwsAlgorithm>, Complaint> access_token_alg_of(const ClientSettings& settings)
{
    if (settings.access_token_alg.empty()) {
        if (!settings.audience.empty())
            return refuse("audience", "is for JWT access tokens: it needs --access-token-alg");
        return std::nullopt;
    }
    const auto algorithm = parse_jws_algorithm(settings.access_token_alg);
    if (!algorithm)
        return refuse("access_token_alg", "must be RS256, PS256, ES256, EdDSA or HS256");
    return algorithm;
}

// Who can verify HS256 can sign, and who reads an ID token must not be able to make one for somebody else.
Expected<JwsAlgorithm, Complaint> signature_of(const std::string& setting, const std::string& text)
{
    const auto algorithm = parse_jws_algorithm(text);
    if (!algorithm || algorithm == JwsAlgorithm::hs256)
        return refuse(setting, "must be RS256, PS256, ES256 or EdDSA");
    return *algorithm;
}

// OpenID Connect Dynamic Client Registration §2, Back-Channel Logout §2.2.
Expected<void, Complaint> take_openid(const ClientSettings& settings, Client& client)
{
    client.id_token_signed_response_alg =
        TRY(signature_of("id_token_signed_response_alg", settings.id_token_signed_response_alg));
    if (!settings.userinfo_signed_response_alg.empty())
        client.userinfo_signed_response_alg =
            TRY(signature_of("userinfo_signed_response_alg", settings.userinfo_signed_response_alg));
    if (settings.subject_type != "public" && settings.subject_type != "pairwise")
        return refuse("subject_type", "must be public or pairwise");
    if (settings.subject_type == "pairwise" && !sector_of(client)) // OpenID Connect Core §8.1
        return refuse("subject_type", "pairwise needs redirect URIs with one host, because its clients share their "
                                      "users' subs: register a client for each host, or use public");
    client.post_logout_redirect_uris = settings.post_logout_redirect_uris;
    client.backchannel_logout_uri = settings.backchannel_logout_uri;
    if (client.backchannel_logout_uri.empty())
        return {};
    if (const auto why = why_not_registrable(client.backchannel_logout_uri))
        return refuse("backchannel_logout_uri", *why);
    const bool is_web =
        client.backchannel_logout_uri.starts_with("https:") || client.backchannel_logout_uri.starts_with("http:");
    if (!is_web) // no scheme of an app: this server is to send something there
        return refuse("backchannel_logout_uri", "must begin with https:");
    return {};
}

} // namespace

Expected<Client, Complaint> client_from(const ClientSettings& settings)
{
    TRY(check_words(settings));
    const auto method = parse_auth_method(settings.token_endpoint_auth_method);
    if (!method)
        return refuse("token_endpoint_auth_method",
                      "must be client_secret_basic, client_secret_post, any_secret or none");
    auto scope = Scope::parse(settings.scope);
    if (!scope)
        return refuse("scope", "is invalid: " + scope.error().description);
    Client client;
    client.id = settings.client_id;
    client.name = settings.name.empty() ? settings.client_id : settings.name;
    client.auth_method = *method;
    client.redirect_uris = settings.redirect_uris;
    client.scope = scope.take();
    client.grant_types = settings.grant_types;
    client.require_pkce = settings.require_pkce;
    client.introspects_any = settings.introspect == "any";
    client.refresh_grace = settings.refresh_grace;
    client.access_token_alg = TRY(access_token_alg_of(settings));
    client.audience = settings.audience;
    TRY(take_openid(settings, client));
    if (client.may_use("authorization_code") && client.redirect_uris.empty())
        return refuse("redirect_uris",
                      "is missing: the authorization code grant needs one (or give another --grant-type)");
    if (client.may_use("client_credentials") && client.is_public())
        return refuse("grant_types", "client_credentials is not for a public client (RFC 6749 4.4)");
    return client;
}

ClientSettings settings_of(const Client& client)
{
    ClientSettings settings;
    settings.client_id = client.id;
    settings.name = client.name;
    settings.token_endpoint_auth_method = to_string(client.auth_method);
    settings.redirect_uris = client.redirect_uris;
    settings.scope = client.scope.to_string();
    settings.grant_types = client.grant_types;
    settings.require_pkce = client.require_pkce;
    settings.introspect = client.introspects_any ? "any" : "own";
    settings.refresh_grace = client.refresh_grace;
    settings.access_token_alg = client.access_token_alg ? to_string(*client.access_token_alg) : "";
    settings.audience = client.audience;
    settings.id_token_signed_response_alg = to_string(client.id_token_signed_response_alg);
    if (client.userinfo_signed_response_alg)
        settings.userinfo_signed_response_alg = to_string(*client.userinfo_signed_response_alg);
    settings.subject_type = client.pairwise_salt.empty() ? "public" : "pairwise";
    settings.post_logout_redirect_uris = client.post_logout_redirect_uris;
    settings.backchannel_logout_uri = client.backchannel_logout_uri;
    return settings;
}

bool knows_users_otherwise(const Client& before, const Client& after)
{
    constexpr std::string_view anybody = "x";
    return subject_for(before, anybody) != subject_for(after, anybody);
}

Entry entry_of(const Client& client)
{
    const auto settings = settings_of(client);
    const bool any_secret = client.auth_method == AuthMethod::any_secret;
    Entry entry = {
        {"client_id", settings.client_id},
        {"name", settings.name},
        {"token_endpoint_auth_method", settings.token_endpoint_auth_method,
         any_secret ? std::optional("client_secret_basic or client_secret_post") : std::nullopt},
        {"scope", settings.scope},
        {"grant_types", settings.grant_types, join(settings.grant_types, " ")},
        {"redirect_uris", settings.redirect_uris},
        {"require_pkce", settings.require_pkce, client.require_pkce || client.is_public() ? "yes" : "no"},
        {"introspect", settings.introspect},
        {"refresh_grace", settings.refresh_grace, std::to_string(settings.refresh_grace) + " s"},
        {"id_token_signed_response_alg", settings.id_token_signed_response_alg},
        {"subject_type", settings.subject_type},
    };
    if (!settings.access_token_alg.empty())
        entry.push_back({"access_token_alg", settings.access_token_alg});
    if (!settings.audience.empty())
        entry.push_back({"audience", settings.audience});
    if (!settings.userinfo_signed_response_alg.empty())
        entry.push_back({"userinfo_signed_response_alg", settings.userinfo_signed_response_alg});
    if (!settings.post_logout_redirect_uris.empty())
        entry.push_back({"post_logout_redirect_uris", settings.post_logout_redirect_uris});
    if (!settings.backchannel_logout_uri.empty())
        entry.push_back({"backchannel_logout_uri", settings.backchannel_logout_uri});
    return entry;
}

} // namespace stile::admin
