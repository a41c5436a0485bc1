// The options of `client add` and `client update`: one a setting.
#pragma once

#include "functions/stile/arguments.h"
#include "functions/stile/client_settings.h"

#include "shared/oauth/error.h"

namespace stile::admin {

struct ClientOptions {
    std::optional<std::string> name;
    std::optional<std::string> token_endpoint_auth_method;
    std::vector<std::string> redirect_uris;
    std::optional<std::string> scope;
    std::vector<std::string> grant_types;
    bool require_pkce = false;
    std::optional<std::string> introspect;
    std::optional<Seconds> refresh_grace;
    std::optional<std::string> access_token_alg;
    std::optional<std::string> audience;
    std::optional<std::string> id_token_signed_response_alg;
    std::optional<std::string> userinfo_signed_response_alg;
    std::optional<std::string> subject_type;
    std::vector<std::string> post_logout_redirect_uris;
    std::optional<std::string> backchannel_logout_uri;
    std::vector<std::string> unset; // names of options without their dashes
};

void describe(Command& command, ClientOptions& options);
// --unset, for `client update`.
void describe_unset(Command& command, ClientOptions& options);

// What the options say, on top of what there is.
Result<ClientSettings> with(const ClientOptions& options, ClientSettings settings);

// The client of these settings, or which option is wrong, and how.
Result<Client> checked(const ClientSettings& settings);

} // namespace stile::admin
