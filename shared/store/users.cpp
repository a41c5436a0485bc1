#include "shared/store/users.h"

#include "shared/store/profiles.h"
#include "shared/store/scan.h"

#include <algorithm>
#include <array>

namespace stile {

namespace {

std::string key_of(std::string_view name)
{
    return "user:" + std::string(name);
}

std::optional<User> user_from(std::string_view name, const Record& record)
{
    if (record["password_hash"].empty()) // no record, or an incomplete one
        return std::nullopt;
    const auto& subject = record["sub"];
    return User{std::string(name), subject.empty() ? std::string(name) : subject, record["password_hash"],
                record.number("created_at")};
}

// An outcome that is not among these is a record that another caller changed meanwhile.
Result<Registration> registration_from(const Record& reply)
{
    constexpr std::array words = {
        std::pair{std::string_view("added"), Registration::done},
        std::pair{std::string_view("changed"), Registration::done},
        std::pair{std::string_view("exists"), Registration::exists},
        std::pair{std::string_view("unknown"), Registration::exists},
        std::pair{std::string_view("taken"), Registration::sub_taken},
        std::pair{std::string_view("client"), Registration::sub_is_client},
    };
    for (const auto& [word, registration] : words)
        if (reply["outcome"] == word)
            return registration;
    return fail(ErrorCode::temporarily_unavailable, "the user was changed at the same time; try again", "users");
}

} // namespace

Result<std::optional<User>> Users::find(std::string_view name)
{
    const auto key = key_of(name);
    return user_from(name, Record(TRY(m_connection.command({"HGETALL", key}))));
}

StoredRecord Users::stored(const User& user)
{
    return {key_of(user.name),
            {{"created_at", std::to_string(user.registered_at)},
             {"sub", user.subject},
             {"password_hash", user.password_hash}}};
}

Result<Registration> Users::add(const User& user, Seconds now)
{
    auto registered = user;
    registered.registered_at = now;
    return registration_from(TRY(call_recorded(m_connection, Step("add_user")
                                                                 .key("user_key", key_of(user.name))
                                                                 .key("subject_key", Subjects::key_of(user.subject))
                                                                 .key("client_key", "client:" + user.subject)
                                                                 .key("mark_key", subjects_are_recorded)
                                                                 .with("name", user.name)
                                                                 .with("created_at", now)
                                                                 .fields(filled_fields_of(stored(registered))))));
}

Result<bool> Users::set_password_hash(std::string_view name, std::string_view hash)
{
    return set_field(m_connection, key_of(name), "password_hash", hash);
}

Result<Registration> Users::set_subject(const User& user, std::string_view subject, Seconds now)
{
    return registration_from(TRY(call_recorded(m_connection, Step("change_subject")
                                                                 .key("user_key", key_of(user.name))
                                                                 .key("old_key", Subjects::key_of(user.subject))
                                                                 .key("new_key", Subjects::key_of(subject))
                                                                 .key("client_key", "client:" + std::string(subject))
                                                                 .key("old_profile_key", Profiles::key_of(user.subject))
                                                                 .key("new_profile_key", Profiles::key_of(subject))
                                                                 .key("mark_key", subjects_are_recorded)
                                                                 .with("name", user.name)
                                                                 .with("old_sub", user.subject)
                                                                 .with("new_sub", subject)
                                                                 .with("now", now))));
}

Result<bool> Users::remove(const User& user, Seconds now)
{
    const auto reply = TRY(call_recorded(m_connection, Step("remove_user")
                                                           .key("user_key", key_of(user.name))
                                                           .key("subject_key", Subjects::key_of(user.subject))
                                                           .key("profile_key", Profiles::key_of(user.subject))
                                                           .key("mark_key", subjects_are_recorded)
                                                           .with("name", user.name)
                                                           .with("sub", user.subject)
                                                           .with("now", now)));
    if (reply["outcome"] == "removed" || reply["outcome"] == "unknown")
        return reply["outcome"] == "removed";
    return fail(ErrorCode::temporarily_unavailable, "the user was changed at the same time; try again", "users");
}

Result<std::vector<User>> Users::all()
{
    constexpr std::size_t at_once = 500;
    const auto names = TRY(list());
    std::vector<User> users;
    users.reserve(names.size());
    for (std::size_t i = 0; i < names.size(); i += at_once) {
        std::vector<Command> commands;
        for (std::size_t j = i; j < std::min(i + at_once, names.size()); ++j)
            commands.push_back({"HGETALL", key_of(names[j])});
        auto replies = TRY(m_connection.run(commands));
        for (std::size_t j = 0; j < replies.size(); ++j)
            if (auto user = user_from(names[i + j], Record(std::move(replies[j])))) // or it was removed meanwhile
                users.push_back(std::move(*user));
    }
    return users;
}

Result<std::vector<std::string>> Users::list()
{
    return names_below(m_connection, "user:");
}

} // namespace stile
