#include "functions/stile/check/redis_rights.h"

#include "shared/base/text.h"
#include "shared/store/users_acl.h"

#include <algorithm>

namespace stile::admin {

namespace {

bool covers(KeyAccess given, KeyAccess wanted)
{
    const auto bits = [](KeyAccess access) { return static_cast<unsigned>(access); };
    return (bits(given) & bits(wanted)) == bits(wanted);
}

bool matches(std::string_view pattern, std::string_view key)
{
    return pattern.ends_with('*') ? key.starts_with(pattern.substr(0, pattern.size() - 1)) : key == pattern;
}

// What the user does with a key; "" for nothing. FCALL wants both rights, whatever its step does, and does not count.
std::string_view use_of(const RedisRights& rights, std::string_view key)
{
    constexpr std::string_view reading[] = {"get", "hgetall", "smembers", "zrange", "xrange"};
    constexpr std::string_view writing[] = {"set", "del", "hset", "sadd", "zadd", "xadd", "expire"};
    const bool reads = std::ranges::any_of(
        reading, [&](std::string_view command) { return rights.allow(command, key, KeyAccess::read); });
    const bool writes = std::ranges::any_of(
        writing, [&](std::string_view command) { return rights.allow(command, key, KeyAccess::write); });
    return reads && writes ? "both" : reads ? "read" : writes ? "write" : "";
}

// What stands for the function in the names of keys that each function has (events:token).
constexpr std::string_view own = "<function>";

// "stile-token" and "stile" to the names in such keys.
std::string_view own_name_of(const RedisUser& user)
{
    constexpr std::string_view start = "stile-";
    return std::string_view(user.name).substr(user.name.starts_with(start) ? start.size() : 0);
}

// The patterns of the rules, without those that a longer one makes more exact (throttle:*).
std::vector<std::string> keys_of_the_table(const std::vector<RedisUser>& users)
{
    std::vector<std::string> keys;
    for (const auto& user : users)
        for (auto key : user.rights.sample_keys()) {
            if (const auto stream = "events:" + std::string(own_name_of(user)); key.starts_with(stream))
                key.replace(0, stream.size(), "events:" + std::string(own));
            if (std::ranges::find(keys, key) == keys.end())
                keys.push_back(key);
        }
    std::erase_if(keys, [&](const std::string& key) {
        const auto family = key.substr(0, key.find('x', key.find(':') + 1));
        return key.ends_with(":x") && std::ranges::any_of(keys, [&](const std::string& other) {
                   return other != key && other.starts_with(family);
               });
    });
    std::ranges::sort(keys);
    return keys;
}

} // namespace

RedisRights::RedisRights(std::string_view rules) : m_selectors(1)
{
    bool in_brackets = false;
    for (auto word : split(rules, ' ')) {
        if (word.starts_with('(')) {
            m_selectors.emplace_back();
            in_brackets = true;
            word.remove_prefix(1);
        }
        const bool ends = word.ends_with(')');
        if (ends)
            word.remove_suffix(1);
        add(word, in_brackets ? m_selectors.back() : m_selectors.front());
        in_brackets = in_brackets && !ends;
    }
}

void RedisRights::add(std::string_view word, Selector& selector)
{
    if (word.starts_with('+'))
        selector.commands.emplace_back(word.substr(1));
    else if (word.starts_with('~'))
        selector.keys.push_back({std::string(word.substr(1)), KeyAccess::both});
    else if (word.starts_with("%R~"))
        selector.keys.push_back({std::string(word.substr(3)), KeyAccess::read});
    else if (word.starts_with("%W~"))
        selector.keys.push_back({std::string(word.substr(3)), KeyAccess::write});
}

bool RedisRights::allow(std::string_view command, std::string_view key, KeyAccess access) const
{
    return std::ranges::any_of(m_selectors, [&](const Selector& selector) {
        return std::ranges::find(selector.commands, command) != selector.commands.end()
               && (key.empty() || std::ranges::any_of(selector.keys, [&](const Pattern& pattern) {
                       return matches(pattern.text, key) && covers(pattern.access, access);
                   }));
    });
}

std::vector<std::string> RedisRights::sample_keys() const
{
    std::vector<std::string> keys;
    for (const auto& selector : m_selectors)
        for (const auto& pattern : selector.keys)
            keys.push_back(replace_all(pattern.text, "*", "x"));
    return keys;
}

std::vector<RedisUser> redis_users(bool offers_password_grant)
{
    std::vector<RedisUser> users;
    for (const auto line : split(users_acl(), '\n')) {
        constexpr std::string_view start = "user ";
        if (!line.starts_with("user stile"))
            continue;
        const auto name = line.substr(start.size(), line.find(' ', start.size()) - start.size());
        auto rules = std::string(line);
        if (offers_password_grant && name == "stile-token")
            rules.append(" ").append(password_grant_acl());
        users.push_back({std::string(name), RedisRights(rules)});
    }
    return users;
}

std::string rights_table()
{
    constexpr std::string_view start = "stile-";
    const auto users = redis_users(false);
    const auto with_password_grant = redis_users(true);
    std::string head = "| key |", line = "| --- |", body;
    for (const auto& user : users)
        if (user.name.starts_with(start)) {
            head.append(" ").append(user.name, start.size()).append(" |");
            line.append(" --- |");
        }
    for (const auto& key : keys_of_the_table(users)) {
        body.append("\n| `").append(key.ends_with(":x") ? key.substr(0, key.size() - 1) : key).append("` |");
        for (std::size_t i = 0; i < users.size(); ++i) {
            if (!users[i].name.starts_with(start))
                continue;
            const auto its_key = replace_all(key, own, own_name_of(users[i]));
            const auto use = use_of(users[i].rights, its_key);
            const bool depends = use != use_of(with_password_grant[i].rights, its_key);
            body.append(" ").append(depends ? "[1]" : use).append(depends || !use.empty() ? " |" : "|");
        }
    }
    return head + "\n" + line + body;
}

} // namespace stile::admin
