#include "functions/demo/client/settings.h"

namespace stile::demo {

namespace {

Expected<std::string, std::string> read(const Environment& environment, const std::string& name)
{
    auto value = environment(name);
    if (!value || value->empty())
        return std::unexpected(name + " is not set");
    return std::move(*value);
}

} // namespace

Expected<Settings, std::string> read_settings(const Environment& environment)
{
    Settings settings;
    settings.client_id = TRY(read(environment, "STILE_DEMO_CLIENT_ID"));
    settings.client_secret = Secret(TRY(read(environment, "STILE_DEMO_CLIENT_SECRET")));
    settings.issuer = TRY(read(environment, "STILE_DEMO_ISSUER"));
    settings.api = TRY(read(environment, "STILE_DEMO_API"));
    settings.base = TRY(read(environment, "STILE_DEMO_BASE"));
    settings.authority = environment("STILE_DEMO_AUTHORITY").value_or("");
    settings.pages.installed = TRY(read(environment, "STILE_PAGES"));
    return settings;
}

} // namespace stile::demo
