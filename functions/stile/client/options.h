// The options of `client add` and `client update`: one for each setting (oauth/client_settings.h), and --unset.
#pragma once

#include "functions/stile/arguments.h"

#include "shared/oauth/client_settings.h"
#include "shared/oauth/error.h"

#include <list>
#include <optional>
#include <string>
#include <vector>

namespace stile::admin {

// Filled in while the command line is parsed.
class ClientOptions {
public:
    void add_to(Command& command);
    void add_unset_to(Command& command); // for `client update`

    // The client with the settings that are given.
    Result<Client> applied_to(Client client) const;

private:
    // What stands on the command line for one setting; which of the values is used depends on its type.
    struct Given {
        const ClientSetting* setting;
        std::optional<std::string> text{};
        std::vector<std::string> texts{};
        bool flag = false;
        std::optional<Seconds> seconds{};
    };
    static void add_option(Command& command, Given& given);
    static std::optional<SettingValue> value_of(const Given& given);

    std::list<Given> m_given; // the parser keeps references
    std::vector<std::string> m_unset; // names of options without their dashes
};

// The client as it is to be registered, or which option is wrong, and why. `before`: as it is registered now, or the
// default one.
Result<Client> checked(const Client& before, Client after);

} // namespace stile::admin
