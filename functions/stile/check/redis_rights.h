// What each user of Redis may do by redis/users.acl, as it is built in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stile::admin {

// What a command does with a key, as Redis checks it (ACL, "key permissions"). A command that only asks whether there is a
// key needs no more than a pattern of it.
enum class KeyAccess : std::uint8_t { any = 0, read = 1, write = 2, both = 3 };

class RedisRights {
public:
    // `rules`: those of one user, as ACL SETUSER takes them; what is no right (on, #…, resetchannels) is passed over.
    explicit RedisRights(std::string_view rules);

    // `command`: as rules name it, such as "hgetall" or "client|setname"; `key`: "" for a command without one.
    bool allow(std::string_view command, std::string_view key, KeyAccess access) const;

    // One key for each pattern in the rules, such as "client:x" for client:*.
    std::vector<std::string> sample_keys() const;

private:
    struct Pattern {
        std::string text;
        KeyAccess access;
    };
    struct Selector {
        std::vector<Pattern> keys;
        std::vector<std::string> commands;
    };
    static void add(std::string_view word, Selector& selector);

    std::vector<Selector> m_selectors; // the first is the user's own, the others are in brackets
};

// The user of each function, and "stile": name and rights. With the password grant's, when it is offered.
struct RedisUser {
    std::string name;
    RedisRights rights;
};
std::vector<RedisUser> redis_users(bool offers_password_grant);

// Who reads and writes what, as the Markdown table of redis/README.md.
std::string rights_table();

} // namespace stile::admin
