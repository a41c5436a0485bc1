// A row names a member of Client; its type decides how it is read and written (setting_codec.h). A check sees the whole
// client, so rules about two settings stand with the later of them.
#include "shared/oauth/client_settings.h"

#include "shared/base/shown_text.h"
#include "shared/base/text.h"
#include "shared/oauth/grant_type.h"
#include "shared/oauth/redirect_uri.h"
#include "shared/oauth/setting_codec.h"
#include "shared/oauth/subject.h"

#include <algorithm>
#include <array>

namespace stile {

namespace {

using Fault = ClientSetting::Fault;

// Rows ----------------------------------------------------------------------------------------------------------------

template <typename Member>
Member type_of(Member Client::*);

// The row of a setting that the member holds.
template <auto member, typename ItsCodec = Codec<decltype(type_of(member))>>
constexpr ClientSetting row(ClientSetting setting)
{
    setting.value = [](const Client& client) { return ItsCodec::value(client.*member); };
    setting.assign = [](Client& client, const SettingValue& value) { return ItsCodec::assign(value, client.*member); };
    setting.stored = [](const Client& client) { return ItsCodec::stored(client.*member); };
    setting.restore = [](Client& client, std::string_view text) { client.*member = ItsCodec::restored(text); };
    return setting;
}

template <auto member, const std::array<std::string_view, 2>& words>
constexpr ClientSetting row_of_two(ClientSetting setting)
{
    setting.values = words;
    setting.preset = words[0];
    return row<member, TextCodec<bool, OneOfTwo<words>>>(setting);
}

// Checks --------------------------------------------------------------------------------------------------------------

constexpr Seconds longest_grace = 300;

std::optional<Fault> check_uris(const std::vector<std::string>& uris)
{
    for (std::size_t i = 0; i < uris.size(); ++i)
        if (const auto why = why_not_registrable(uris[i]))
            return Fault{uris[i] + " " + *why, i};
    return std::nullopt;
}

std::optional<Fault> check_name(const Client& client)
{
    const auto is_shown_safely = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; };
    if (!all_of(client.name, is_shown_safely) || client.name.size() > 200)
        return Fault{};
    return std::nullopt;
}

std::optional<Fault> check_redirect_uris(const Client& client)
{
    if (client.may_use("authorization_code") && client.redirect_uris.empty())
        return Fault{"is missing: the authorization code grant needs one (or give another --grant-type)"};
    return check_uris(client.redirect_uris);
}

std::optional<Fault> check_grant_types(const Client& client)
{
    if (client.may_use("client_credentials") && client.is_public())
        return Fault{"client_credentials is not for a public client (RFC 6749 4.4)"};
    return std::nullopt;
}

std::optional<Fault> check_refresh_grace(const Client& client)
{
    if (client.refresh_grace < 0 || client.refresh_grace > longest_grace)
        return Fault{};
    return std::nullopt;
}

std::optional<Fault> check_audience(const Client& client)
{
    if (!all_of(client.audience, [](char c) { return is_vschar(c) && c != ' '; }) || client.audience.size() > 1024)
        return Fault{};
    if (!client.audience.empty() && !client.access_token_alg)
        return Fault{"is for JWT access tokens: it needs --access-token-alg"};
    return std::nullopt;
}

std::optional<Fault> check_subject_type(const Client& client)
{
    if (client.is_pairwise && !sector_of(client)) // OpenID Connect Core §8.1
        return Fault{"pairwise needs redirect URIs with one host, because its clients share their users' subs: "
                     "register a client for each host, or use public"};
    return std::nullopt;
}

std::optional<Fault> check_post_logout_redirect_uris(const Client& client)
{
    return check_uris(client.post_logout_redirect_uris);
}

// OpenID Connect Back-Channel Logout §2.2.
std::optional<Fault> check_backchannel_logout_uri(const Client& client)
{
    const auto& uri = client.backchannel_logout_uri;
    if (uri.empty())
        return std::nullopt;
    if (!uri.starts_with("https:") && !uri.starts_with("http:")) // this server cannot send to an app's scheme
        return Fault{"must begin with https: (http: on loopback only)"};
    if (const auto why = why_not_registrable(uri))
        return Fault{*why};
    return std::nullopt;
}

// The table -----------------------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 4> auth_methods = {"client_secret_basic", "client_secret_post", "any_secret",
                                                          "none"};
constexpr std::array<std::string_view, 5> algorithms = {"RS256", "PS256", "ES256", "EdDSA", "HS256"};
constexpr std::array<std::string_view, 2> own_or_any = {"own", "any"};
constexpr std::array<std::string_view, 2> public_or_pairwise = {"public", "pairwise"};
// Not HS256: a client that can verify it could sign ID tokens itself.
constexpr auto asymmetric_algorithms = std::span(algorithms).first<4>();

constexpr std::array settings = {
    row<&Client::name>({.name = "name",
                        .option = "name",
                        .meaning = "Name on the consent page",
                        .expects = "at most 200 bytes without control and invisible characters",
                        .by_default = "the id",
                        .check = check_name}),
    row<&Client::redirect_uris>({.name = "redirect_uris",
                                 .option = "redirect-uri",
                                 .meaning = "Redirect URI, compared byte for byte",
                                 .expects = "an absolute URI",
                                 .check = check_redirect_uris}),
    row<&Client::scope>({.name = "scope",
                         .option = "scope",
                         .meaning = "Scopes that it may request, and gets if it requests none",
                         .expects = "at most 64 words, separated by single spaces"}),
    row<&Client::grant_types>({.name = "grant_types",
                               .option = "grant-type",
                               .meaning = "Grant type that it may use",
                               .values = known_grant_types,
                               .preset = "authorization_code refresh_token",
                               .check = check_grant_types}),
    row<&Client::auth_method>({.name = "token_endpoint_auth_method",
                               .option = "token-endpoint-auth-method",
                               .meaning = "How it sends its secret",
                               .values = auth_methods,
                               .preset = "any_secret",
                               .by_default = "any_secret, which accepts both ways"}),
    row<&Client::require_pkce>({.name = "require_pkce",
                                .option = "require-pkce",
                                .meaning = "Refuse authorization requests without PKCE",
                                .by_default = "only for public clients",
                                .shown = [](const Client& client) -> std::string {
                                    return client.require_pkce || client.is_public() ? "yes" : "no";
                                }}),
    row_of_two<&Client::introspects_any, own_or_any>(
        {.name = "introspect",
         .option = "introspect",
         .meaning = "Tokens that it may introspect: own, or any for a resource server"}),
    row<&Client::refresh_grace>({.name = "refresh_grace",
                                 .option = "refresh-grace",
                                 .meaning = "Grace period of used refresh tokens",
                                 .expects = "0 to 300 seconds",
                                 .by_default = "0",
                                 .check = check_refresh_grace}),
    row<&Client::access_token_alg>({.name = "access_token_alg",
                                    .option = "access-token-alg",
                                    .meaning = "Algorithm of JWT access tokens of RFC 9068",
                                    .values = algorithms,
                                    .by_default = "opaque tokens",
                                    .is_always_shown = false}),
    row<&Client::audience>({.name = "audience",
                            .option = "audience",
                            .meaning = "The aud claim of JWT access tokens",
                            .expects = "a URI of at most 1024 characters",
                            .by_default = "the issuer; with HS256 none",
                            .is_always_shown = false,
                            .check = check_audience}),
    row<&Client::id_token_signed_response_alg>({.name = "id_token_signed_response_alg",
                                                .option = "id-token-signed-response-alg",
                                                .meaning = "Algorithm of its ID tokens and logout tokens",
                                                .values = asymmetric_algorithms,
                                                .preset = "RS256"}),
    row<&Client::userinfo_signed_response_alg>({.name = "userinfo_signed_response_alg",
                                                .option = "userinfo-signed-response-alg",
                                                .meaning = "Algorithm of signed userinfo responses",
                                                .values = asymmetric_algorithms,
                                                .by_default = "plain JSON",
                                                .is_always_shown = false}),
    row_of_two<&Client::is_pairwise, public_or_pairwise>(
        {.name = "subject_type",
         .option = "subject-type",
         .meaning = "public: the user's sub; pairwise: another sub for each host",
         .is_stored = false, // a record with a pairwise_salt is pairwise
         .check = check_subject_type}),
    row<&Client::post_logout_redirect_uris>({.name = "post_logout_redirect_uris",
                                             .option = "post-logout-redirect-uri",
                                             .meaning = "Redirect URI after logout, compared byte for byte",
                                             .expects = "an absolute URI",
                                             .is_always_shown = false,
                                             .check = check_post_logout_redirect_uris}),
    row<&Client::backchannel_logout_uri>(
        {.name = "backchannel_logout_uri",
         .option = "backchannel-logout-uri",
         .meaning = "URI that gets a logout token when a user of the client is logged out",
         .expects = "an https URI (http on loopback only)",
         .is_always_shown = false,
         .check = check_backchannel_logout_uri}),
};

std::unexpected<SettingError> refuse(const ClientSetting& setting, Fault fault)
{
    if (fault.why.empty())
        fault.why = "must be " + expected_values(setting);
    return std::unexpected(SettingError{std::string(setting.name), fault.index, std::move(fault.why)});
}

bool is_one_of(std::string_view word, std::span<const std::string_view> values)
{
    return values.empty() || std::ranges::find(values, word) != values.end();
}

std::optional<Fault> check_added_uris(const std::vector<std::string>& before, const std::vector<std::string>& after)
{
    for (std::size_t i = 0; i < after.size(); ++i)
        if (std::ranges::find(before, after[i]) == before.end())
            if (const auto name = response_parameter_in(after[i]))
                return Fault{after[i] + " has the parameter " + *name + " of the response in its query", i};
    return std::nullopt;
}

const ClientSetting& setting_of(std::string_view name)
{
    return *std::ranges::find(settings, name, &ClientSetting::name);
}

} // namespace

std::span<const ClientSetting> client_settings()
{
    return settings;
}

std::string expected_values(const ClientSetting& setting)
{
    std::string text(setting.expects);
    for (std::size_t i = 0; i < setting.values.size(); ++i)
        text.append(i == 0 ? "" : i + 1 == setting.values.size() ? " or " : ", ").append(setting.values[i]);
    return text;
}

std::string default_in_words(const ClientSetting& setting)
{
    return setting.by_default.empty() ? replace_all(std::string(setting.preset), " ", ", ")
                                      : std::string(setting.by_default);
}

Client default_client(std::string id)
{
    Client client;
    client.id = std::move(id);
    for (const auto& setting : settings)
        reset(client, setting);
    return client;
}

void reset(Client& client, const ClientSetting& setting)
{
    setting.restore(client, setting.preset);
}

Expected<void, SettingError> assign(Client& client, const ClientSetting& setting, const SettingValue& value)
{
    if (const auto* words = std::get_if<std::vector<std::string>>(&value))
        for (std::size_t i = 0; i < words->size(); ++i)
            if (!is_one_of((*words)[i], setting.values))
                return refuse(setting, {.why = {}, .index = i});
    const auto* word = std::get_if<std::string>(&value);
    const bool is_known = word == nullptr || word->empty() || is_one_of(*word, setting.values);
    if (!is_known || !setting.assign(client, value))
        return refuse(setting, {});
    return {};
}

Expected<Client, SettingError> checked_client(Client client)
{
    if (!is_client_id(client.id))
        return std::unexpected(SettingError{"client_id", {}, "must be 1 to 128 of A-Z a-z 0-9 . _ ~ -"});
    if (client.name.empty())
        client.name = client.id;
    for (const auto& setting : settings) {
        TRY(assign(client, setting, setting.value(client))); // a record may hold a value that is no longer allowed
        if (auto fault = setting.check != nullptr ? setting.check(client) : std::nullopt)
            return refuse(setting, std::move(*fault));
    }
    return client;
}

Expected<void, SettingError> check_additions(const Client& before, const Client& after)
{
    if (after.name != before.name && !is_shown_as_it_is(after.name))
        return refuse(
            setting_of("name"),
            {"has a character that is not shown as it is: a control character, one that changes the direction "
             "of text, or an invisible one"});
    if (auto fault = check_added_uris(before.redirect_uris, after.redirect_uris))
        return refuse(setting_of("redirect_uris"), std::move(*fault));
    if (auto fault = check_added_uris(before.post_logout_redirect_uris, after.post_logout_redirect_uris))
        return refuse(setting_of("post_logout_redirect_uris"), std::move(*fault));
    return {};
}

} // namespace stile
