// grant:{g}, code:{g}s, access:{g}s, refresh:{g}s: what a user allowed a client, and the codes and tokens of it. One
// atomic step for each decision; redis/steps describes the outcomes.
#pragma once

#include "shared/base/clock.h"
#include "shared/oauth/authorization_request.h"
#include "shared/oauth/split_token.h"
#include "shared/store/connection.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// The claims of an ID token about a login (OpenID Connect Core §2), as the grant stores them.
struct Identity {
    std::string sid;
    std::string amr; // words of RFC 8176
    std::string nonce; // only when a code was redeemed
    std::string claims; // names of user claims requested for the ID token (§5.5); separated by spaces
    std::string user_name;
    std::string public_sub; // the user's public sub, whatever sub the client knows
};

// The result of an issuing step; lifetimes in seconds, limited by the grant's absolute end.
struct Issued {
    Seconds access_lifetime = 0;
    Seconds refresh_lifetime = 0;
    std::string scope;
    std::string subject;
    Seconds auth_time = 0; // 0 if there is no user
    std::optional<Identity> identity{}; // of a grant with ID tokens
};

struct Redemption {
    enum class Outcome { issued, unknown, replayed, wrong_client, wrong_redirect, wrong_verifier, unsignable };
    Outcome outcome;
    Issued issued{}; // when replayed: only the subject
    bool has_ended_grant = false; // replayed, and this call ended the grant
};

struct Rotation {
    enum class Outcome { rotated, repeated, reused, wider_scope, wrong_client, unknown, unsignable };
    Outcome outcome;
    Issued issued{}; // when reused: only the subject
    std::string sealed{}; // when repeated: the first response, sealed with the presented token's secret
    bool has_ended_grant = false; // reused, and this call ended the grant
};

struct CodePresented {
    const SplitToken& code;
    std::string_view client_id;
    std::string_view redirect_uri; // empty if the request had none
    std::string_view code_challenge; // computed from the code_verifier; empty if the request had none
    Seconds client_registered_at = 0;
    bool can_sign = false; // an ID token, if one is due
};

struct RefreshPresented {
    const SplitToken& token;
    std::string_view client_id;
    std::string_view scope; // empty for the same as before
    Seconds grace; // how long a used token still gets its first response, unless its successor is used before
    std::string_view sealed; // that response; empty if grace is 0
    Seconds client_registered_at = 0;
    bool can_sign = false; // an ID token, if one is due
};

// The user who approved, from the session.
struct ResourceOwner {
    std::string subject; // the sub that the client knows (oauth/subject)
    std::string user_name; // stored if it differs from the subject
    Seconds auth_time = 0;
    std::string public_sub{}; // likewise: the user's public sub, if the client has a pairwise one; otherwise ""
    std::string amr{}; // these two for ID tokens; without sid the grant has no ID tokens
    std::string sid{};
};

// The fields that a grant stores of the user: field, value, …
Command grant_fields_of(const ResourceOwner& owner);

enum class TokenKind { access, refresh };

struct Revocation {
    enum class Outcome { revoked, unknown, wrong_client };
    Outcome outcome;
    std::string subject{}; // when revoked; empty for a client_credentials token
};

struct TokenFacts {
    std::string client_id;
    std::string subject; // empty for a client_credentials token
    std::string user_name; // likewise
    std::string scope;
    Seconds issued_at = 0;
    Seconds expires_at = 0;
    Seconds auth_time = 0; // 0 for a client_credentials token
    std::string userinfo_claims; // names of claims requested one by one (OpenID Connect Core §5.5)
    std::string public_sub; // the user's public sub, whatever sub the client knows
    // Of a signed access token: what its header and claims say; empty in the records of older versions.
    std::string alg{};
    std::string aud{}; // empty if it names none
};

class Grants {
public:
    explicit Grants(Connection& connection) : m_connection(connection) {}

    // The command that issues a code without a parked request, for a user who is logged in and has consented before
    // (silent_approval).
    static Command issue_code_command(const SplitToken& code, const AuthorizationRequest& request,
                                      const ResourceOwner& owner, Seconds now, const Lifetimes& lifetimes);

    // The commands that note a grant in the indices of its client and its user, for a pipeline: after the one that issues
    // the code.
    static std::vector<Command> index_commands(std::string_view grant_id, std::string_view client_id,
                                               const ResourceOwner& owner, const Lifetimes& lifetimes);

    // The command that ends a grant, for a pipeline.
    static Command revoke_command(std::string_view grant_id);

    // An access token for the client itself (RFC 6749 §4.4).
    Result<void> issue_for_client(const TokenPair& pair, std::string_view client_id, std::string_view scope,
                                  Seconds now, const Lifetimes& lifetimes);

    // Tokens for a user without a code (RFC 6749 §4.3).
    Result<Issued> issue_for_user(const TokenPair& pair, std::string_view client_id, std::string_view scope,
                                  const ResourceOwner& owner, Seconds now, const Lifetimes& lifetimes);

    // The data of a valid token; nothing if it is unknown, expired, used or revoked (RFC 7662 §2.2).
    Result<std::optional<TokenFacts>> inspect(TokenKind kind, const SplitToken& token);

    // Revokes a token at the client's request (RFC 7009 §2.1).
    Result<Revocation> revoke_token(TokenKind kind, const SplitToken& token, std::string_view client_id);

    Result<Redemption> redeem_code(const CodePresented& presented, const TokenPair& successor, Seconds now,
                                   const Lifetimes& lifetimes);

    Result<Rotation> rotate_refresh(const RefreshPresented& presented, const TokenPair& successor, Seconds now,
                                    const Lifetimes& lifetimes);

    // Ends one grant with all its tokens; false if it did not exist. The second form ends several in one round trip.
    Result<bool> revoke(std::string_view grant_id);
    Result<std::vector<bool>> revoke(const std::vector<std::string>& grant_ids);

private:
    Connection& m_connection;
};

} // namespace stile
