// The settings of a client, in one table. From it follow the options of `stile client add` and `update`, the checks at
// registration, the fields in Redis (store/clients), exported documents, `stile client show` and the table of
// functions/stile/README.md. A new setting is a member of Client and a row of this table.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/result.h"
#include "shared/oauth/client.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace stile {

// A setting as documents carry it. Its type is the same for all clients: that of the default.
using SettingValue = std::variant<std::string, std::vector<std::string>, bool, Seconds>;

// What is wrong with which setting.
struct SettingError {
    std::string setting; // by its name
    std::optional<std::size_t> index; // of a list
    std::string why; // a predicate whose subject is the setting: "must be own or any"
};

struct ClientSetting {
    // RFC 7591 §2, OpenID Connect Dynamic Client Registration §2, RP-Initiated Logout §3.1, Back-Channel Logout §2.2;
    // the others are Stile's. The member of a document, and the field in Redis.
    std::string_view name;
    std::string_view option; // without --; of a list it gives one element
    std::string_view meaning; // for --help and documentation, without a full stop
    std::span<const std::string_view> values{}; // of the setting, or of each element; empty: what `expects` says
    std::string_view expects{}; // completes "must be …"
    std::string_view preset{}; // the default, as in Redis
    std::string_view by_default{}; // the default in words, where `preset` does not say it
    bool is_always_shown = true; // false: left out of documents and of what is shown while it is empty
    bool is_stored = true; // false: follows from another field in Redis

    // What is wrong with the setting of this client. The settings before it in the table are right.
    struct Fault {
        std::string why{}; // as of SettingError; empty: "must be " and the expected values
        std::optional<std::size_t> index{};
    };
    std::optional<Fault> (*check)(const Client& client) = nullptr;
    // How people read it, if not as its value.
    std::string (*shown)(const Client& client) = nullptr;

    // Made of the member of Client that holds the setting.
    SettingValue (*value)(const Client& client) = nullptr;
    bool (*assign)(Client& client, const SettingValue& value) = nullptr; // false: it cannot be this value
    std::string (*stored)(const Client& client) = nullptr; // the field in Redis; "" is no field
    // From the field in Redis; a text that Stile does not write counts as the strictest value.
    void (*restore)(Client& client, std::string_view stored) = nullptr;
};

// All of them, in the order in which they are shown.
std::span<const ClientSetting> client_settings();

// Which values a setting accepts: "own or any", "0 to 300 seconds".
std::string expected_values(const ClientSetting& setting);

// The default for people: "public", "the id", "authorization_code, refresh_token"; empty if there is none.
std::string default_in_words(const ClientSetting& setting);

// A client with the default of each setting. It is registered nowhere and need not be valid.
Client default_client(std::string id);

// Back to the default.
void reset(Client& client, const ClientSetting& setting);

// Sets it to a value of its type, if that is one of `values`; all other rules are those of checked_client().
Expected<void, SettingError> assign(Client& client, const ClientSetting& setting, const SettingValue& value);

// The client, if it may be registered; its name becomes the id if it has none. Not checked: the hash of its secret, and
// the salt that a pairwise client needs.
Expected<Client, SettingError> checked_client(Client client);

// The rules for what is registered anew, in addition to those above: a name that is shown as it is, and redirect URIs
// without a parameter of the response. What `before` has already may stay: earlier versions did not have these rules.
Expected<void, SettingError> check_additions(const Client& before, const Client& after);

} // namespace stile
