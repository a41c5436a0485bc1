// Redirect URIs (shared/oauth/redirect_uri): which can be registered, which match, where the response is sent.
// Lines: a registered URI, a presented one, a value to send.
#include "shared/oauth/redirect_uri.h"
#include "shared/http/form.h"
#include "tests/fuzz/support/fuzz.h"

#include <algorithm>

namespace stile::fuzz {

namespace {

Client client_with(std::string_view redirect_uri, AuthMethod method)
{
    Client client;
    client.auth_method = method;
    client.redirect_uris = {std::string(redirect_uri)};
    return client;
}

// "http://127.0.0.1:8080/cb" without the port; nothing when it is not of that kind.
std::string without_loopback_port(std::string_view uri)
{
    for (const std::string_view origin : {"http://127.0.0.1", "http://[::1]"})
        if (uri.starts_with(origin)) {
            auto rest = uri.substr(origin.size());
            if (rest.starts_with(':'))
                rest.remove_prefix(std::min(rest.find_first_not_of("0123456789", 1), rest.size()));
            return std::string(origin).append(rest);
        }
    return {};
}

// The part between "//" and the path, by the WHATWG URL standard, for which a backslash is a slash.
std::string_view authority_of(std::string_view uri)
{
    auto rest = uri.substr(uri.find(':') + 1);
    while (rest.starts_with('/') || rest.starts_with('\\'))
        rest.remove_prefix(1);
    return rest.substr(0, rest.find_first_of("/\\?#"));
}

void check_registrable(std::string_view uri)
{
    HOLDS(uri.find_first_of(std::string_view("#\\ <>\"\0\r\n", 9)) == std::string_view::npos);
    HOLDS(uri.size() <= 2000 && uri.contains(':'));
    const auto scheme = uri.substr(0, uri.find(':'));
    HOLDS((scheme != "https" && scheme != "http") || !authority_of(uri).contains('@'));
    HOLDS(scheme == "https" || scheme == "http" || scheme.contains('.')); // RFC 8252 §7.1
}

// The host to which a browser connects: the part after the last '@'.
std::string_view host_by_browser(std::string_view uri)
{
    auto rest = authority_of(uri);
    if (const auto at = rest.rfind('@'); at != std::string_view::npos)
        rest = rest.substr(at + 1);
    return rest.starts_with('[') ? rest.substr(0, rest.find(']') + 1) : rest.substr(0, rest.find(':'));
}

// The answer begins with the registered bytes, and its parameters read as they were sent.
void check_answer(const RedirectTarget& target, std::string_view value)
{
    const auto uri = target.with({{"code", value}, {"state", ""}, {"iss", "https://id.example/a b&c"}});
    HOLDS(uri.starts_with(target.uri()));
    HOLDS(uri.find_first_of("\r\n") == target.uri().find_first_of("\r\n"));
    const auto before = target.uri().find('?');
    const auto form = parse_form(std::string_view(uri).substr(uri.find('?') + 1));
    if (!form) // the registered query may not be a form; added parameters do not change that
        return HOLDS(before != std::string::npos);
    const auto sent = std::size_t{value.empty() ? 1U : 2U};
    HOLDS(form->size() >= sent);
    HOLDS(form->back() == std::pair<std::string, std::string>("iss", "https://id.example/a b&c"));
    if (!value.empty())
        HOLDS((*form)[form->size() - 2] == std::pair<std::string, std::string>("code", value));
}

} // namespace

void fuzz(std::string_view input)
{
    const auto three = lines(input, 3);
    const auto registered = three[0];
    const std::string presented(three[1]);

    const auto why = why_not_registrable(registered);
    if (!why)
        check_registrable(registered);

    for (const auto method : {AuthMethod::any_secret, AuthMethod::none}) {
        const auto client = client_with(registered, method);
        const auto target = prove_redirect_uri(client, presented);
        // Equal bytes, or a public client's loopback address with another port (RFC 8252 §7.3).
        HOLDS(!target || target->uri() == presented);
        if (presented == registered)
            HOLDS(target.has_value());
        else if (target)
            HOLDS(method == AuthMethod::none && !without_loopback_port(registered).empty()
                  && without_loopback_port(registered) == without_loopback_port(presented));
        if (!target || why)
            continue;
        // A registered URI leads to the host that it names, for a browser too.
        const auto destination = destination_of(*target);
        HOLDS(!destination.scheme.empty());
        if (destination.scheme == "https" || destination.scheme == "http")
            HOLDS(!destination.host.empty() && destination.host == host_by_browser(presented));
        HOLDS(destination.scheme != "http" || destination.is_on_this_device);
        check_answer(*target, three[2]);
    }
}

} // namespace stile::fuzz
