#include "functions/demo/client/provider.h"

#include "functions/demo/client/fetch.h"
#include "shared/base/text.h"
#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "shared/http/form.h"

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <string_view>
#include <utility>

namespace stile::demo {

namespace {

using Json = nlohmann::json;
using Parameters = std::initializer_list<std::pair<std::string_view, std::string_view>>;

std::string encode(const Parameters& parameters)
{
    std::string text;
    for (const auto& [name, value] : parameters)
        text.append(text.empty() ? "" : "&").append(name).append("=").append(encode_form_value(value));
    return text;
}

// A string member, or "".
std::string text_of(const Json& object, const char* name)
{
    const auto member = object.find(name);
    return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

std::optional<Seconds> number_of(const Json& object, const char* name)
{
    const auto member = object.find(name);
    if (member == object.end() || !member->is_number_integer())
        return std::nullopt;
    return member->get<Seconds>();
}

// The JSON object of a response, or the error that it reports (RFC 6749 §5.2).
Outcome<Json> object_of(const Expected<Fetched, std::string>& fetched)
{
    if (!fetched)
        return std::unexpected(Failure(problem::unreachable, {}, fetched.error()));
    auto object = Json::parse(fetched->body, nullptr, false);
    const auto status = std::to_string(fetched->status);
    if (fetched->status == 503 || fetched->status == 502 || fetched->status == 504)
        return std::unexpected(Failure(problem::unreachable, {}, "the provider answered with status " + status));
    if (object.is_discarded() || !object.is_object())
        return std::unexpected(Failure(problem::invalid_response, {}, "status " + status + " and no JSON object"));
    if (fetched->status != 200)
        return std::unexpected(
            Failure(problem::error_response, text_of(object, "error"), text_of(object, "error_description")));
    return object;
}

// Can be sent in an Authorization header (RFC 6750 §2.1).
bool is_token(std::string_view text)
{
    return !text.empty() && all_of(text, [](char c) { return c > 0x20 && c <= 0x7e; });
}

} // namespace

Outcome<Provider> Provider::discover(const Settings& settings)
{
    // RFC 8414 §3.1, for an issuer without a path.
    const auto metadata =
        TRY(object_of(fetch({settings.issuer + "/.well-known/oauth-authorization-server"}, settings.authority)));
    if (text_of(metadata, "issuer") != settings.issuer) // RFC 8414 §3.3
        return std::unexpected(Failure(problem::wrong_issuer, {}, "the provider's metadata names another issuer"));
    Provider provider(settings);
    provider.m_authorization_endpoint = text_of(metadata, "authorization_endpoint");
    provider.m_token_endpoint = text_of(metadata, "token_endpoint");
    provider.m_revocation_endpoint = text_of(metadata, "revocation_endpoint");
    const auto sends_iss = metadata.find("authorization_response_iss_parameter_supported"); // RFC 9207 §3
    provider.m_sends_iss = sends_iss != metadata.end() && *sends_iss == true;
    if (provider.m_authorization_endpoint.empty() || provider.m_token_endpoint.empty())
        return std::unexpected(Failure(problem::invalid_response, {}, "the provider's metadata lacks an endpoint"));
    return provider;
}

Outcome<std::string> Provider::authorization_url(const std::string& state, const Secret& code_verifier) const
{
    // RFC 7636 §4.2. RFC 9700 §2.1.1 recommends PKCE for confidential clients, too.
    const auto code_challenge = sha256_base64url(code_verifier.reveal());
    const auto redirect_uri = m_settings->redirect_uri();
    return m_authorization_endpoint + (m_authorization_endpoint.contains('?') ? "&" : "?")
           + encode({{"response_type", "code"},
                     {"client_id", m_settings->client_id},
                     {"redirect_uri", redirect_uri},
                     {"scope", "profile email"},
                     {"state", state},
                     {"code_challenge", code_challenge},
                     {"code_challenge_method", "S256"}});
}

bool Provider::is_issuer(const std::optional<std::string>& iss) const
{
    // RFC 9207 §2.4: a plain comparison; a missing `iss` is wrong if the metadata announces it.
    return iss ? *iss == m_settings->issuer : !m_sends_iss;
}

std::string Provider::authorization() const
{
    // RFC 6749 §2.3.1: both parts are form-encoded before base64.
    return "Basic "
           + base64_encode(encode_form_value(m_settings->client_id) + ":"
                           + encode_form_value(m_settings->client_secret.reveal()));
}

Outcome<Tokens> Provider::request_tokens(std::string form) const
{
    const auto answer =
        TRY(object_of(fetch({m_token_endpoint, authorization(), std::move(form)}, m_settings->authority)));
    Tokens tokens;
    tokens.access_token = Secret(text_of(answer, "access_token"));
    tokens.refresh_token = Secret(text_of(answer, "refresh_token"));
    tokens.scope = text_of(answer, "scope");
    tokens.expires_in = number_of(answer, "expires_in");
    tokens.refresh_token_expires_in = number_of(answer, "refresh_token_expires_in");
    if (!is_token(tokens.access_token.reveal()))
        return std::unexpected(Failure(problem::invalid_response, {}, "the token response has no access token"));
    if (!equals_ignoring_case(text_of(answer, "token_type"), "Bearer")) // RFC 6749 §7.1
        return std::unexpected(
            Failure(problem::invalid_response, {}, "the token type is not supported by this client"));
    return tokens;
}

Outcome<Tokens> Provider::redeem(const std::string& code, const Secret& code_verifier) const
{
    const auto redirect_uri = m_settings->redirect_uri();
    return request_tokens(encode({{"grant_type", "authorization_code"},
                                  {"code", code},
                                  {"redirect_uri", redirect_uri}, // RFC 6749 §4.1.3: that of the request
                                  {"code_verifier", code_verifier.reveal()}})); // RFC 7636 §4.5
}

Outcome<Tokens> Provider::refresh(const Tokens& tokens) const
{
    auto next =
        request_tokens(encode({{"grant_type", "refresh_token"}, {"refresh_token", tokens.refresh_token.reveal()}}));
    if (!next && next.error().error == "invalid_grant") // RFC 6749 §5.2
        return std::unexpected(Failure(problem::refresh_token_invalid, next.error().error, next.error().description));
    if (next && next->refresh_token.empty())
        next->refresh_token = tokens.refresh_token; // RFC 6749 §6: without a new one the old one remains valid
    return next;
}

Outcome<void> Provider::revoke(const Tokens& tokens) const
{
    if (m_revocation_endpoint.empty())
        return std::unexpected(Failure(problem::error_response, {}, "the provider has no revocation endpoint"));
    const bool has_refresh = !tokens.refresh_token.empty();
    const auto fetched = fetch({m_revocation_endpoint, authorization(),
                                encode({{"token", (has_refresh ? tokens.refresh_token : tokens.access_token).reveal()},
                                        {"token_type_hint", has_refresh ? "refresh_token" : "access_token"}})},
                               m_settings->authority);
    if (fetched && fetched->status == 200) // RFC 7009 §2.2: the body has no meaning
        return {};
    return std::unexpected(object_of(fetched).error());
}

} // namespace stile::demo
