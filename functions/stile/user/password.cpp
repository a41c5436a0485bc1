#include "functions/stile/user/password.h"

#include "shared/base/text.h"

#include <fstream>

namespace stile::admin {

namespace {

Result<bool> is_listed(const std::string& password, const std::string& path)
{
    std::ifstream list(path);
    if (!list)
        return fail(ErrorCode::invalid_request, "STILE_PASSWORD_LIST: " + path + " cannot be read");
    std::string line;
    while (std::getline(list, line))
        if (equals_ignoring_case(line, password))
            return true;
    return false;
}

} // namespace

Result<std::optional<std::string>> why_not_password(const std::string& password, const std::string& user_name,
                                                    const Config& config)
{
    if (config.password_length == 0)
        return std::nullopt;
    if (password.size() < config.password_length)
        return "has fewer than " + std::to_string(config.password_length) + " bytes (STILE_PASSWORD_LENGTH)";
    if (equals_ignoring_case(password, user_name))
        return "is the name of the user";
    if (!config.password_list.empty() && TRY(is_listed(password, config.password_list)))
        return "is one that many people have (STILE_PASSWORD_LIST)";
    return std::nullopt;
}

} // namespace stile::admin
