#include "functions/run/admin.h"

namespace stile::run {

int Admin::run(Words arguments, const std::string& log, const std::string& secret) const
{
    Command command;
    command.name = "stile";
    command.arguments = std::move(arguments);
    command.arguments.insert(command.arguments.begin(), m_program);
    command.log = log;
    // The demo's password and secret are short, and published: what an operator adds beside them is still checked.
    command.environment = {
        {"STILE_REDIS", m_redis}, {"STILE_PASSWORD_LENGTH", "0"}, {"STILE_CLIENT_SECRET_LENGTH", "0"}};
    command.input = secret + "\n";
    return run_to_end(command);
}

Expected<void, std::string> load_library(const Admin& admin, const RunFolder& folder)
{
    const auto log = folder.file("log/library.log");
    if (admin.run({"library", "load"}, log) != 0)
        return std::unexpected("cannot load the function library into Redis; see " + log);
    return {};
}

Expected<void, std::string> ensure_signing_keys(const Admin& admin, const RunFolder& folder)
{
    const auto log = folder.file("log/keys.log");
    for (const char* alg : {"RS256", "ES256"}) // RS256 is the default of ID tokens (OpenID Connect Registration §2)
        if (admin.run({"keys", "list", "--alg", alg}, log) != 0
            && admin.run({"keys", "rotate", "--alg", alg}, log) != 0)
            return std::unexpected("cannot make a signing key; see " + log);
    return {};
}

} // namespace stile::run
