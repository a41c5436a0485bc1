// grant:{g}, code:{g}s, access:{g}s, refresh:{g}s: what a user allowed a client, and the tokens that came of it.
// One atomic step a decision; redis/steps describes each outcome.
#pragma once

#include "shared/base/clock.h"
#include "shared/oauth/authorization_request.h"
#include "shared/oauth/split_token.h"
#include "shared/store/connection.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// What an ID token says of a login (OpenID Connect Core §2), as the grant remembers it.
struct Identity {
    std::string sid;
    std::string amr; // words of RFC 8176
    std::string nonce; // only where a code was redeemed
    std::string claims; // names of claims about the user that the ID token itself is to have (§5.5); between spaces
    std::string user_name;
    std::string own_subject; // the user's own, whatever the client knows them by
};

// What an issuing step gave; lifetimes in seconds, already cut at the grant's absolute end.
struct Issued {
    Seconds access_lifetime = 0;
    Seconds refresh_lifetime = 0;
    std::string scope;
    std::string subject;
    Seconds auth_time = 0; // 0 when there is no user
    std::optional<Identity> identity{}; // of a grant with ID tokens
};

struct Redemption {
    enum class Outcome { issued, unknown, replayed, wrong_client, wrong_redirect, wrong_verifier, unsignable };
    Outcome outcome;
    Issued issued{}; // when replayed: the subject alone
    bool has_ended_grant = false; // replayed, and this was what ended it
};

struct Rotation {
    enum class Outcome { rotated, repeated, reused, wider_scope, wrong_client, unknown, unsignable };
    Outcome outcome;
    Issued issued{}; // when reused: the subject alone
    std::string sealed{}; // when repeated: the first answer, for the presented token's secret to open
    bool has_ended_grant = false; // reused, and this was what ended it
};

struct CodePresented {
    const SplitToken& code;
    std::string_view client_id;
    std::string_view redirect_uri; // empty when the request had none
    std::string_view code_challenge; // of the code_verifier; empty when the request had none
    Seconds client_registered_at = 0;
    bool can_sign = false; // an ID token, if one is due
};

struct RefreshPresented {
    const SplitToken& token;
    std::string_view client_id;
    std::string_view scope; // empty for the same as before
    Seconds grace; // how long a used token still gets its first answer
    std::string_view sealed; // that answer; empty when grace is 0
    Seconds client_registered_at = 0;
    bool can_sign = false; // an ID token, if one is due
};

// Who agreed, as the session knows them.
struct ResourceOwner {
    std::string subject; // as the client knows them (oauth/subject)
    std::string user_name; // kept where it differs from the subject
    Seconds auth_time = 0;
    std::string own_subject{}; // likewise: the user's own, where the client has a pairwise one; "" is none
    std::string amr{}; // these two for ID tokens; no sid: the grant has none
    std::string sid{};
};

// What a grant keeps of them: field, value, …
Command grant_fields_of(const ResourceOwner& owner);

enum class TokenKind { access, refresh };

struct Revocation {
    enum class Outcome { revoked, unknown, wrong_client };
    Outcome outcome;
    std::string subject{}; // when revoked; empty for a client's own token
};

struct TokenFacts {
    std::string client_id;
    std::string subject; // empty for a client's own token (client_credentials)
    std::string user_name; // likewise
    std::string scope;
    Seconds issued_at = 0;
    Seconds expires_at = 0;
    Seconds auth_time = 0; // 0 for a client's own token
    std::string userinfo_claims; // names of claims that were asked for one by one (OpenID Connect Core §5.5)
    std::string own_subject; // the user's own, whatever the client knows them by
};

class Grants {
public:
    explicit Grants(Connection& connection) : m_connection(connection) {}

    // The command of a code without a parked request, for a user who is logged in and has agreed before
    // (silent_approval).
    static Command issuing_code(const SplitToken& code, const AuthorizationRequest& request, const ResourceOwner& owner,
                                Seconds now, const Lifetimes& lifetimes);

    // The command that ends a grant, for a pipeline.
    static Command revoking(std::string_view grant_id);

    // An access token of the client itself (RFC 6749 §4.4).
    Result<void> issue_for_client(const TokenPair& pair, std::string_view client_id, std::string_view scope,
                                  Seconds now, const Lifetimes& lifetimes);

    // Tokens of a user without a code before them (RFC 6749 §4.3).
    Result<Issued> issue_for_user(const TokenPair& pair, std::string_view client_id, std::string_view scope,
                                  const ResourceOwner& owner, Seconds now, const Lifetimes& lifetimes);

    // What a live token stands for; nothing when it is unknown, expired, used or revoked (RFC 7662 §2.2).
    Result<std::optional<TokenFacts>> inspect(TokenKind kind, const SplitToken& token);

    // The client gives a token back (RFC 7009 §2.1).
    Result<Revocation> revoke_token(TokenKind kind, const SplitToken& token, std::string_view client_id);

    Result<Redemption> redeem_code(const CodePresented& presented, const TokenPair& successor, Seconds now,
                                   const Lifetimes& lifetimes);

    Result<Rotation> rotate_refresh(const RefreshPresented& presented, const TokenPair& successor, Seconds now,
                                    const Lifetimes& lifetimes);

    // Ends one grant with all its tokens; false when there was none. Of several in one round trip.
    Result<bool> revoke(std::string_view grant_id);
    Result<std::vector<bool>> revoke(const std::vector<std::string>& grant_ids);

    // Every grant, by its id; for the admin command.
    struct Listed {
        std::string id;
        std::string client_id;
        std::string subject; // empty for a client's own
        std::string user_name;
        std::string scope;
        Seconds issued_at = 0;
        Seconds expires_at = 0; // unless it is refreshed until then
    };
    Result<std::vector<Listed>> list();

    // Ends every grant whose `field` ("client_id", or "sub": the user's own too, where a pairwise client knows them by
    // another) has this value and tells of each: for the admin command. Gives
    // how many.
    using Tell = std::function<void(std::string_view grant_id)>;
    Result<int> revoke_all_with(std::string_view field, std::string_view value, const Tell& tell = {});

    // Ends every grant of the user of that name, who need have no record here; a grant keeps the name where it is not the
    // sub. Gives how many.
    Result<int> revoke_all_of(std::string_view user_name, const Tell& tell);

    // The record of a token, or of the first 18 characters of one, and its key; for the admin command.
    struct Shown {
        std::string key;
        Record record;
        Seconds expires_in;
        bool is_granted; // a token counts only while its grant is there
    };
    Result<std::optional<Shown>> show(std::string_view grant_id, std::string_view selector);

private:
    Connection& m_connection;
};

} // namespace stile
