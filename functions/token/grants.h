// The grant types that are compiled in: a name and a file each. Removing a line removes the grant.
#pragma once

#include "shared/endpoint/client_auth.h"
#include "shared/endpoint/context.h"
#include "shared/http/form.h"
#include "shared/oauth/token_response.h"

#include <array>
#include <string_view>

namespace stile::token {

// Each takes the body of the request and the client that authenticated, and gives what to answer.
Result<TokenResponse> authorization_code(const Form& form, const AuthenticatedClient& client, Context& context);
Result<TokenResponse> client_credentials(const Form& form, const AuthenticatedClient& client, Context& context);
Result<TokenResponse> refresh_token(const Form& form, const AuthenticatedClient& client, Context& context);

struct GrantType {
    std::string_view name; // the value of grant_type
    Result<TokenResponse> (*issue)(const Form&, const AuthenticatedClient&, Context&);
};

inline constexpr std::array grant_types = {
    GrantType{"authorization_code", authorization_code},
    GrantType{"refresh_token", refresh_token},
    GrantType{"client_credentials", client_credentials},
};

// The answer for what a step issued.
TokenResponse token_response(const Issued& issued, const TokenPair& pair);

} // namespace stile::token
