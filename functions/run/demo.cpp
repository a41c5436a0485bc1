#include "functions/run/demo.h"

#include "functions/run/files.h"
#include "functions/run/functions.h"
#include "shared/base/text.h"
#include "shared/crypto/random.h"

#include <unistd.h>

namespace stile::run {

namespace {

constexpr std::size_t secret_length = 43; // 256 bits of base62
constexpr const char* secret_file = "demo.secret";

// `add` reads `secret` where it says "-".
bool ensure(const Admin& admin, const std::string& log, const Words& show, const Words& add, const std::string& secret)
{
    return admin.run(show, log) == 0 || admin.run(add, log, secret) == 0;
}

bool register_client(const DemoClient& client, const Admin& admin, const std::string& log, const RunFolder& folder)
{
    const auto answer = folder.file("tmp/demo-client");
    ::unlink(answer.c_str());
    const bool known = admin.run({"client", "show", "demo"}, answer) == 0;
    if (known && client.is_kept && read_file(answer).contains("redirect_uri: " + client.redirect_uri + "\n"))
        return true;
    if (known)
        admin.run({"client", "remove", "demo"}, log);
    return admin.run({"client", "add", "--id", "demo", "--name", "Demo client", "--secret", "-", "--redirect-uri",
                      client.redirect_uri, "--scope", "openid profile email", "--require-pkce",
                      "--token-endpoint-auth-method", "client_secret_basic"},
                     log, client.secret)
               == 0
           && folder.write_private(secret_file, client.secret).has_value();
}

} // namespace

DemoClient demo_client(const std::string& issuer, const RunFolder& folder)
{
    const auto redirect_uri = issuer + "/demo/callback";
    auto kept = read_file(folder.file(secret_file));
    if (kept.size() == secret_length && all_of(kept, is_base62))
        return {std::move(kept), redirect_uri, true};
    return {SystemRandom().base62(secret_length), redirect_uri, false};
}

Expected<std::vector<Command>, std::string> demo_commands(const std::string& issuer, const std::string& authority,
                                                          const DemoClient& client, const std::string& programs,
                                                          const RunFolder& folder)
{
    auto web = TRY(function_command("demo-client", programs, folder));
    web.environment = {{"STILE_DEMO_CLIENT_ID", "demo"},      {"STILE_DEMO_CLIENT_SECRET", client.secret},
                       {"STILE_DEMO_ISSUER", issuer},         {"STILE_DEMO_API", issuer + "/demo/api/protected"},
                       {"STILE_DEMO_BASE", issuer + "/demo"}, {"STILE_DEMO_AUTHORITY", authority}};
    auto api = TRY(function_command("demo-resource", programs, folder));
    return std::vector{std::move(web), std::move(api)};
}

Expected<void, std::string> register_demo(const DemoClient& client, const Admin& admin, const RunFolder& folder)
{
    const auto log = folder.file("log/demo.log");
    const bool registered =
        ensure(admin, log, {"client", "show", "test_client"},
               {"client", "add", "--id", "test_client", "--name", "Example Application", "--secret", "-",
                "--redirect-uri", "https://www.example.com/redirect", "--scope", "openid profile email"},
               "password")
        && ensure(admin, log, {"user", "show", "admin"},
                  {"user", "add", "admin", "--subject", "admin", "--password", "-", "--name", "Ada Admin", "--email",
                   "admin@example.com"},
                  "admin")
        && register_client(client, admin, log, folder);
    if (!registered)
        return std::unexpected("cannot register the demo clients and user; see " + log);
    return {};
}

} // namespace stile::run
