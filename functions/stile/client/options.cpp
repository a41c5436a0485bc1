#include "functions/stile/client/options.h"

#include "shared/base/text.h"

#include <algorithm>

namespace stile::admin {

namespace {

const Client& defaults()
{
    static const Client client = default_client("");
    return client;
}

// "Grant type that it may use (default: authorization_code, refresh_token); repeatable"
std::string help_of(const ClientSetting& setting)
{
    const auto value = setting.value(defaults());
    std::string help(setting.meaning);
    const auto otherwise = default_in_words(setting);
    const auto limits = std::holds_alternative<Seconds>(value) ? expected_values(setting) + "; " : "";
    if (!otherwise.empty())
        help.append(" (").append(limits).append("default: ").append(otherwise).append(")");
    if (std::holds_alternative<std::vector<std::string>>(value))
        help.append("; repeatable");
    return help;
}

std::unexpected<OAuthError> refuse(const SettingError& error)
{
    const auto settings = client_settings();
    const auto setting = std::ranges::find(settings, error.setting, &ClientSetting::name);
    const std::string option(setting == settings.end() ? "id" : setting->option);
    return fail(ErrorCode::invalid_request, "--" + option + " " + error.why);
}

} // namespace

void ClientOptions::add_option(Command& command, Given& given)
{
    const auto& setting = *given.setting;
    const auto name = "--" + std::string(setting.option);
    const auto value = setting.value(defaults());
    if (std::holds_alternative<bool>(value)) {
        command.add_flag(name, given.flag, help_of(setting));
        return;
    }
    auto* option = std::holds_alternative<std::string>(value) ? command.add_option(name, given.text, help_of(setting))
                   : std::holds_alternative<Seconds>(value) ? command.add_option(name, given.seconds, help_of(setting))
                                                            : command.add_option(name, given.texts, help_of(setting));
    if (std::holds_alternative<std::vector<std::string>>(value))
        option->allow_extra_args(false);
    if (!setting.values.empty())
        option->type_name("{" + join({setting.values.begin(), setting.values.end()}, ",") + "}");
}

std::optional<SettingValue> ClientOptions::value_of(const Given& given)
{
    if (given.text)
        return *given.text;
    if (given.seconds)
        return *given.seconds;
    if (given.flag)
        return true;
    return given.texts.empty() ? std::nullopt : std::optional<SettingValue>(given.texts);
}

void ClientOptions::add_to(Command& command)
{
    for (const auto& setting : client_settings())
        add_option(command, m_given.emplace_back(Given{.setting = &setting}));
}

void ClientOptions::add_unset_to(Command& command)
{
    std::vector<std::string> names;
    for (const auto& setting : client_settings())
        names.emplace_back(setting.option);
    command.add_option("--unset", m_unset, "Resets a setting to its default; repeatable")
        ->one_of(names)
        ->allow_extra_args(false);
}

Result<Client> ClientOptions::applied_to(Client client) const
{
    for (const auto& setting : client_settings())
        if (std::ranges::find(m_unset, setting.option) != m_unset.end())
            reset(client, setting);
    for (const auto& given : m_given)
        if (const auto value = value_of(given))
            if (const auto assigned = assign(client, *given.setting, *value); !assigned)
                return refuse(assigned.error());
    return client;
}

Result<Client> checked(const Client& before, Client after)
{
    auto result = checked_client(std::move(after));
    if (!result)
        return refuse(result.error());
    if (const auto additions = check_additions(before, *result); !additions)
        return refuse(additions.error());
    return result.take();
}

} // namespace stile::admin
