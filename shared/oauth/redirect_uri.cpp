#include "shared/oauth/redirect_uri.h"

#include "shared/base/text.h"
#include "shared/base/uri.h"
#include "shared/http/form.h"

#include <algorithm>
#include <array>

namespace stile {

namespace {

constexpr std::size_t max_length = 2000;

// The part of a loopback IP redirect URI after its port; nothing for any other URI.
std::optional<std::string_view> after_loopback_port(std::string_view uri)
{
    for (const std::string_view origin : {"http://127.0.0.1", "http://[::1]"}) {
        if (!uri.starts_with(origin))
            continue;
        uri.remove_prefix(origin.size());
        if (uri.starts_with(':')) {
            const auto end = std::min(uri.find_first_not_of("0123456789", 1), uri.size());
            const auto port = parse_number<unsigned>(uri.substr(1, end - 1));
            if (!port || *port == 0 || *port > 65535)
                return std::nullopt;
            uri.remove_prefix(end);
        }
        if (uri.empty() || uri.starts_with('/') || uri.starts_with('?'))
            return uri;
        break; // the following text does not begin another URI
    }
    return std::nullopt;
}

// RFC 8252 §7.3: any port; everything else identical, including the address family.
bool differs_in_loopback_port_alone(std::string_view registered, std::string_view presented)
{
    const auto a = after_loopback_port(registered);
    const auto b = after_loopback_port(presented);
    return a && b && *a == *b && registered.contains('[') == presented.contains('[');
}

bool is_loopback_host(std::string_view host)
{
    return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

std::string text_of(boost::core::string_view text)
{
    return {text.data(), text.size()};
}

} // namespace

Result<RedirectTarget> prove_redirect_uri(const Client& client, const std::optional<std::string>& redirect_uri)
{
    if (!redirect_uri) {
        // RFC 6749 §3.1.2.3: optional if exactly one is registered.
        if (client.redirect_uris.size() != 1)
            return fail(ErrorCode::invalid_request,
                        "redirect_uri is missing and the client has not registered exactly one");
        return RedirectTarget(client.redirect_uris.front());
    }
    const bool known = std::ranges::any_of(client.redirect_uris, [&](const std::string& registered) {
        return registered == *redirect_uri
               || (client.is_public() && differs_in_loopback_port_alone(registered, *redirect_uri));
    });
    if (!known)
        return fail(ErrorCode::invalid_request, "redirect_uri is not one that the client has registered");
    return RedirectTarget(*redirect_uri);
}

Result<RedirectTarget> prove_post_logout_redirect_uri(const Client& client, const std::string& post_logout_redirect_uri)
{
    if (std::ranges::find(client.post_logout_redirect_uris, post_logout_redirect_uri)
        == client.post_logout_redirect_uris.end())
        return fail(ErrorCode::invalid_request, "post_logout_redirect_uri is not one that the client has registered");
    return RedirectTarget(post_logout_redirect_uri);
}

std::string RedirectTarget::with(const std::vector<std::pair<std::string_view, std::string_view>>& parameters) const
{
    // Appended without the library, which only encodes the values: the registered bytes must not change (RFC 6749
    // §4.1.2).
    std::string uri = m_uri;
    const auto query = uri.find('?'); // the first one begins the query; further ones belong to it (RFC 3986 §3.4)
    char separator = query == std::string::npos ? '?' : '&';
    if (query != std::string::npos && (query + 1 == uri.size() || uri.ends_with('&')))
        separator = '\0';
    for (const auto& [name, value] : parameters) {
        if (value.empty())
            continue;
        if (separator != '\0')
            uri += separator;
        uri.append(name).append("=").append(encode_form_value(value));
        separator = '&';
    }
    return uri;
}

std::optional<std::string> why_not_registrable(std::string_view text)
{
    if (text.size() > max_length)
        return "is longer than 2000 bytes";
    if (!all_of(text, [](char c) { return c > 0x20 && c < 0x7f; }))
        return "has a space or a character outside ASCII: percent-encode it";
    const auto parsed = parse_absolute_uri(text);
    if (!parsed)
        return "is not an absolute URI";
    const auto& uri = *parsed;
    if (uri.has_fragment())
        return "has a fragment (RFC 6749 3.1.2)";
    if (uri.has_userinfo())
        return "has a user name in it";
    const std::string scheme = text_of(uri.scheme());
    if (scheme == "https" || scheme == "http") {
        const std::string host = text_of(uri.encoded_host());
        if (host.empty())
            return "has no host";
        if (scheme == "http" && !is_loopback_host(host))
            return "is http: only 127.0.0.1, [::1] and localhost may do without https";
        return std::nullopt;
    }
    if (to_lower(scheme) != scheme || !scheme.contains('.'))
        return "has a scheme that is neither https nor a reversed domain name such as com.example.app (RFC 8252 7.1)";
    return std::nullopt;
}

std::optional<std::string> response_parameter_in(std::string_view uri)
{
    // RFC 6749 §4.1.2, §4.1.2.1, §4.2.2; RFC 9207 §2; OpenID Connect Core §3.2.2.5, Session Management §2; JARM §2.3.
    constexpr std::array<std::string_view, 13> names = {
        "code",         "state",      "iss",        "error",    "error_description", "error_uri", "scope",
        "access_token", "token_type", "expires_in", "id_token", "session_state",     "response"};
    const auto query = uri.find('?');
    if (query == std::string_view::npos)
        return std::nullopt;
    for (const auto pair : split(uri.substr(query + 1), '&')) {
        // What cannot be decoded has no such name.
        const auto name = decode_form_value(pair.substr(0, pair.find('=')));
        if (name && std::ranges::find(names, *name) != names.end())
            return *name;
    }
    return std::nullopt;
}

RedirectDestination destination_of(const RedirectTarget& target)
{
    const auto parsed = parse_absolute_uri(target.uri());
    if (!parsed) // impossible: the URI was registered
        return {"", "", true};
    const std::string scheme = text_of(parsed->scheme());
    if (scheme != "https" && scheme != "http")
        return {scheme, "", true};
    const std::string host = text_of(parsed->encoded_host());
    return {scheme, host, is_loopback_host(host)};
}

} // namespace stile
