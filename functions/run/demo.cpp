#include "functions/run/demo.h"

#include "functions/run/files.h"
#include "shared/base/text.h"
#include "shared/crypto/random.h"

#include <unistd.h>

namespace stile::run {

namespace {

constexpr std::size_t secret_length = 43; // 256 bits of base62

} // namespace

DemoClient demo_client(const std::string& issuer, const std::string& file)
{
    const auto redirect_uri = issuer + "/demo/callback";
    auto kept = read_file(file);
    if (kept.size() == secret_length && all_of(kept, is_base62))
        return {std::move(kept), redirect_uri, true};
    return {SystemRandom().base62(secret_length), redirect_uri, false};
}

std::vector<Command> demo_functions(const std::string& issuer, const std::string& authority, const DemoClient& client)
{
    Command web;
    web.name = "demo-client";
    web.environment = {{"STILE_DEMO_CLIENT_ID", "demo"},      {"STILE_DEMO_CLIENT_SECRET", client.secret},
                       {"STILE_DEMO_ISSUER", issuer},         {"STILE_DEMO_API", issuer + "/demo/api/protected"},
                       {"STILE_DEMO_BASE", issuer + "/demo"}, {"STILE_DEMO_AUTHORITY", authority}};
    Command api;
    api.name = "demo-resource";
    return {web, api};
}

bool register_client(const DemoClient& client, const RunAdmin& admin, const std::string& file, const std::string& log,
                     const std::string& answer)
{
    ::unlink(answer.c_str());
    const bool known = admin({"client", "show", "demo"}, answer, "") == 0;
    if (known && client.is_kept && read_file(answer).contains("redirect_uri: " + client.redirect_uri + "\n"))
        return true;
    if (known)
        admin({"client", "remove", "demo"}, log, "");
    return admin({"client", "add", "--id", "demo", "--name", "Demo client", "--secret", "-", "--redirect-uri",
                  client.redirect_uri, "--scope", "openid profile email", "--require-pkce",
                  "--token-endpoint-auth-method", "client_secret_basic"},
                 log, client.secret)
               == 0
           && write_private_file(file, client.secret);
}

} // namespace stile::run
