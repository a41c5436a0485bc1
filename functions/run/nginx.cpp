#include "functions/run/nginx.h"

#include "functions/run/certificate.h"
#include "functions/run/files.h"
#include "functions/run/ports.h"
#include "shared/base/text.h"

#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace stile::run {

namespace fs = std::filesystem;

namespace {

std::string path_of(const std::string& url)
{
    const auto authority = url.find("//");
    const auto path = authority == std::string::npos ? std::string::npos : url.find('/', authority + 2);
    return path == std::string::npos ? "" : url.substr(path);
}

// The endpoints of an issuer with a path lie below it; its metadata has the path at the end (RFC 8414 §3.1).
std::string move_locations(std::string text, const std::string& path)
{
    for (const std::string name :
         {"/oauth/", "/login ", "/approve ", "/.well-known/jwks.json ", "/.well-known/openid-configuration "})
        text = replace_all(std::move(text), "location = " + name, "location = " + path + name);
    const std::string metadata = "location = /.well-known/oauth-authorization-server";
    return replace_all(std::move(text), metadata, metadata + path);
}

std::string render(const fs::path& file, const RunFolder& folder, const NginxValues& values)
{
    const auto port = std::to_string(values.port);
    auto text = read_file(file);
    text = replace_all(std::move(text), "@RUN_DIR@", folder.path());
    text = replace_all(std::move(text), "@LISTEN_IPV6@",
                       is_free_on_ipv6(values.port) ? "listen [::1]:" + port + "@SSL@;" : "");
    text = fill_in_tls(std::move(text), values.authority);
    text = replace_all(std::move(text), "@PORT@", port);
    text = replace_all(std::move(text), "@ISSUER@", values.issuer);
    text = replace_all(std::move(text), "@STYLE@", values.style);
    text = move_locations(std::move(text), path_of(values.issuer));
    // The folders of an installed Stile and of Debian's nginx.
    text = replace_all(std::move(text), "/var/log/nginx/", folder.file("log/"));
    text = replace_all(std::move(text), "/var/lib/nginx/", folder.file("tmp/"));
    return replace_all(std::move(text), "/run/stile/", folder.file(""));
}

} // namespace

Expected<void, std::string> write_nginx_files(const RunFolder& folder, const std::string& root,
                                              const NginxValues& values)
{
    std::error_code error;
    fs::create_directories(folder.file("stile"), error);
    // Files that the source tree no longer has; and nothing else, whatever folder RUN_DIR is.
    for (const auto& entry : fs::directory_iterator(folder.file("stile"), error))
        if (entry.is_regular_file(error) && entry.path().extension() == ".conf")
            fs::remove(entry.path(), error);
    fs::remove_all(folder.file("tmp/stile"), error); // nginx's cache: its metadata can name the port of an earlier run
    for (const auto& entry : fs::directory_iterator(fs::path(root) / "nginx", error)) {
        const auto name = entry.path().filename().string();
        if (entry.path().extension() != ".conf")
            continue;
        auto text = render(entry.path(), folder, values);
        if (name == "trusted.conf")
            for (const auto& address : values.trusted)
                text.append(address).append(" 1;\n");
        TRY(folder.write(name == "nginx.conf" ? name : "stile/" + name, text));
    }
    return folder.write("www/index.html", render(fs::path(root) / "functions/run/home.html", folder, values));
}

Command nginx_command(const RunFolder& folder)
{
    Command command;
    command.name = "nginx";
    command.log = folder.file("log/nginx.log");
    // Started by root, nginx gives its workers another user, who may not enter this folder.
    const char* directives = ::getuid() == 0 ? "daemon off; user root;" : "daemon off;";
    command.arguments = {"nginx", "-e",      command.log, "-p", folder.path(), "-c", folder.file("nginx.conf"),
                         "-g",    directives};
    command.end_signal = SIGQUIT; // finishes the requests it has
    return command;
}

bool is_nginx_ready(const RunFolder& folder, pid_t pid, int port)
{
    // It listens before it knows that it can start; its pid is the last thing that it writes.
    const auto file = folder.file("nginx.pid");
    return fs::is_regular_file(file) && read_file(file) == std::to_string(pid) + "\n" && is_taken_on_ipv4(port);
}

} // namespace stile::run
