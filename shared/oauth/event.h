// The security events of the audit trail: what happened, for which user and client, from which address.
//
// The types keep secrets out: an identifier comes from a value that proves it (a registered client, a user, a token, of
// which only the grant id is used), a word is a literal of the program. Text of a request does not convert: an unknown
// client_id or user name may be a secret in the wrong field.
#pragma once

#include "shared/oauth/amr.h"
#include "shared/oauth/authorization_request.h"
#include "shared/oauth/client.h"
#include "shared/oauth/split_token.h"
#include "shared/oauth/user.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

// shared/endpoint/README.md says which function records each event and with which fields; a test compares the names.
enum class EventName {
    login_succeeded,
    login_failed,
    login_throttled,
    session_ended,
    consent_given,
    consent_denied,
    code_issued,
    code_redeemed,
    code_replayed,
    tokens_issued,
    refresh_rotated,
    refresh_repeated,
    refresh_reused,
    grant_revoked,
    token_revoked,
    client_auth_failed,
    client_auth_throttled,
    client_added,
    client_updated,
    client_secret_changed,
    client_removed,
    user_added,
    user_updated,
    user_password_changed,
    user_removed,
    throttles_lifted,
    records_exported,
    key_rotated,
    key_retired,
    logout_delivered,
    logout_undelivered,
    events_lost,
};

std::string_view to_string(EventName name);
std::span<const std::string_view> event_names(); // all of them, in order

// Events are kept by kind (store/events.h), so that events which can be caused in any number push out only their own kind.
enum class EventKind {
    notable, // seldom, when all is well: changes by an operator, and what a thief or a failure causes
    routine, // what users and clients do all day
    refused, // what strangers can cause
};
inline constexpr std::size_t event_kinds = 3;
EventKind kind_of(EventName name);

// Only a literal converts to it.
class Word {
public:
    consteval Word(const char* text = "") : m_text(text) {}
    std::string_view text() const { return m_text; }

private:
    std::string_view m_text;
};

// A registered client, or one that was registered when its request was accepted.
class ClientName {
public:
    ClientName() = default;
    ClientName(const Client& client) : m_text(client.id) {}
    ClientName(const AuthorizationRequest& accepted) : m_text(accepted.client_id) {}
    // For the admin command, for a client that was removed.
    static ClientName of_removed(std::string_view id) { return ClientName(is_client_id(id) ? id : ""); }
    const std::string& text() const { return m_text; }

private:
    explicit ClientName(std::string_view id) : m_text(id) {}
    std::string m_text;
};

// The first 12 characters of everything that belongs to a grant: its id, which is not secret.
class GrantName {
public:
    GrantName() = default;
    GrantName(const SplitToken& token) : m_text(token.grant_id()) {}
    explicit GrantName(std::string_view id) : m_text(is_grant_id(id) ? id : "") {}
    const std::string& text() const { return m_text; }

private:
    std::string m_text;
};

// A user who exists or existed. `name` is the user name, `subject` is the user's sub.
struct Person {
    Person() = default;
    Person(const User& user) : name(user.name), subject(user.subject) {}
    Person(std::string user_name, std::string sub) : name(std::move(user_name)), subject(std::move(sub)) {}
    static Person by_subject(std::string sub) { return {"", std::move(sub)}; }
    std::string name;
    std::string subject;
};

// A number as text; empty if it is 0.
class Count {
public:
    Count(std::size_t number = 0) : m_text(number == 0 ? "" : std::to_string(number)) {}
    const std::string& text() const { return m_text; }

private:
    std::string m_text;
};

struct Event {
    EventName name{};
    ClientName client{};
    Person user{};
    GrantName grant{};
    Word grant_type{};
    Amr amr{}; // how the user logged in
    std::string kid{}; // of a signing key
    Count count{}; // how many, if an event summarises several
    Word reason{};
    std::string by{}; // the Unix user who ran an admin command
    std::string request_id{}; // these two are set from nginx's values
    std::string address{};
};

// An event as written to the log and to the stream.
struct EventRecord {
    std::string time; // RFC 3339
    std::string function; // the executable
    Event event;
    struct Place { // in the chain of its process and kind (event_chain.h)
        std::string chain{}; // the id of the process
        std::string number{}; // from 1
        std::string after{}; // the digest of the event before it; empty for the first
    };
    Place place{};

    // Name and text, in the order of the line; unknown ones have empty text. They point into this record.
    std::vector<std::pair<std::string_view, std::string_view>> fields() const;
};

} // namespace stile
