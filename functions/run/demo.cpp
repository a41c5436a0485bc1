#include "functions/run/demo.h"

#include "shared/base/text.h"
#include "shared/crypto/random.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace stile::run {

namespace {

constexpr std::size_t secret_length = 43; // 256 bits of base62

std::string read_file(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

bool write_private_file(const std::string& path, const std::string& content)
{
    ::unlink(path.c_str());
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return false;
    const bool written = ::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size());
    return ::close(descriptor) == 0 && written;
}

DemoClient demo_client(const std::string& issuer, const std::string& file)
{
    const auto redirect_uri = issuer + "/demo/callback";
    auto kept = read_file(file);
    if (kept.size() == secret_length && all_of(kept, is_base62))
        return {std::move(kept), redirect_uri, true};
    return {SystemRandom().base62(secret_length), redirect_uri, false};
}

std::vector<Command> demo_functions(const std::string& issuer, const DemoClient& client)
{
    Command web;
    web.name = "demo-client";
    web.environment = {{"STILE_DEMO_CLIENT_ID", "demo"},
                       {"STILE_DEMO_CLIENT_SECRET", client.secret},
                       {"STILE_DEMO_ISSUER", issuer},
                       {"STILE_DEMO_API", issuer + "/demo/api/protected"},
                       {"STILE_DEMO_BASE", issuer + "/demo"}};
    Command api;
    api.name = "demo-resource";
    return {web, api};
}

bool register_client(const DemoClient& client, const std::string& admin, const std::string& file,
                     const std::string& log, const std::string& answer)
{
    ::unlink(answer.c_str());
    const bool known = run_to_end({"stile", {admin, "client", "show", "demo"}, -1, answer}) == 0;
    if (known && client.is_kept && read_file(answer).contains("redirect_uri: " + client.redirect_uri + "\n"))
        return true;
    if (known)
        run_to_end({"stile", {admin, "client", "remove", "demo"}, -1, log});
    return run_to_end({"stile",
                       {admin, "client", "add", "--id", "demo", "--name", "Demo client", "--secret", client.secret,
                        "--redirect-uri", client.redirect_uri, "--scope", "openid profile email", "--require-pkce",
                        "--token-endpoint-auth-method", "client_secret_basic"},
                       -1,
                       log})
               == 0
           && write_private_file(file, client.secret);
}

} // namespace stile::run
