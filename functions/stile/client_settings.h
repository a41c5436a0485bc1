// The settings of a client, as somebody states them and as they are shown: what may be registered is decided here alone,
// for `client add`, `client update` and `import`.
#pragma once

#include "functions/stile/print.h"

#include "shared/base/result.h"
#include "shared/oauth/client.h"

#include <optional>
#include <string>
#include <vector>

namespace stile::admin {

// Not checked yet. The names are those of RFC 7591 §2 and of OpenID Connect (Dynamic Client Registration §2, RP-Initiated Logout
// §3.1, Back-Channel Logout §2.2) where there are any, and of `client show --json`.
struct ClientSettings {
    std::string client_id;
    std::string name; // empty: the id
    std::string token_endpoint_auth_method = "any_secret";
    std::vector<std::string> redirect_uris;
    std::string scope;
    std::vector<std::string> grant_types = {"authorization_code", "refresh_token"};
    bool require_pkce = false;
    std::string introspect = "own";
    Seconds refresh_grace = 0;
    std::string access_token_alg;
    std::string audience;
    std::string id_token_signed_response_alg = "RS256";
    std::string userinfo_signed_response_alg; // empty: plain JSON
    std::string subject_type = "public"; // or "pairwise"
    std::vector<std::string> post_logout_redirect_uris;
    std::string backchannel_logout_uri;
};

// What is wrong with which setting.
struct Complaint {
    std::string setting;
    std::optional<std::size_t> index; // of a list
    std::string why; // begins in the middle of a sentence whose subject is the setting
};

// Without a secret, a time of registration and, where it is pairwise, the salt.
Expected<Client, Complaint> client_from(const ClientSettings& settings);
ClientSettings settings_of(const Client& client);

// Does the client know the same users by other subs afterwards? (OpenID Connect Core §8.1: by its salt and its host)
bool knows_users_otherwise(const Client& before, const Client& after);

// To be shown; without the hash of the secret and the salt.
Entry entry_of(const Client& client);

} // namespace stile::admin
