#include "functions/stile/client/entry.h"

#include "shared/base/text.h"
#include "shared/oauth/client_settings.h"

namespace stile::admin {

namespace {

bool is_empty(const SettingValue& value)
{
    const auto* text = std::get_if<std::string>(&value);
    const auto* list = std::get_if<std::vector<std::string>>(&value);
    return (text != nullptr && text->empty()) || (list != nullptr && list->empty());
}

// In a line of text, in place of the value.
std::optional<std::string> shown(const Client& client, const ClientSetting& setting, const SettingValue& value)
{
    if (setting.shown != nullptr)
        return setting.shown(client);
    if (const auto* seconds = std::get_if<Seconds>(&value))
        return std::to_string(*seconds) + " s";
    if (const auto* words = std::get_if<std::vector<std::string>>(&value); words != nullptr && !setting.values.empty())
        return join(*words, " ");
    return std::nullopt;
}

} // namespace

Entry entry_of(const Client& client)
{
    Entry entry = {{"client_id", client.id}};
    for (const auto& setting : client_settings()) {
        const auto value = setting.value(client);
        if (!setting.is_always_shown && is_empty(value))
            continue;
        entry.push_back({std::string(setting.name), std::visit([](const auto& held) -> Value { return held; }, value),
                         shown(client, setting, value)});
    }
    return entry;
}

} // namespace stile::admin
