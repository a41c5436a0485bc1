#include "functions/run/instance.h"

#include "functions/run/admin.h"
#include "functions/run/certificate.h"
#include "functions/run/files.h"
#include "functions/run/functions.h"
#include "functions/run/nginx.h"
#include "functions/run/ports.h"
#include "functions/run/redis.h"
#include "functions/run/settings.h"
#include "shared/crypto/random.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace stile::run {

namespace fs = std::filesystem;

namespace {

std::string absolute(const std::string& path)
{
    std::error_code error;
    auto made = fs::absolute(path, error).lexically_normal().string();
    while (made.size() > 1 && made.ends_with('/'))
        made.pop_back();
    return made;
}

Expected<void, std::string> check_programs(const std::string& redis)
{
    // nginx is in /usr/sbin, which the PATH of a user often lacks.
    const auto path = process_environment("PATH").value_or("/usr/bin:/bin") + ":/usr/sbin:/sbin";
    ::setenv("PATH", path.c_str(), 1);
    for (const auto& program : {redis, std::string("nginx")})
        if (!is_program(program))
            return std::unexpected(how_to_get(program));
    return {};
}

RedisUsers new_users(const std::vector<std::string>& functions)
{
    SystemRandom random;
    return RedisUsers(functions, random);
}

Tls tls_of(const Options& options, const RunFolder& folder)
{
    return {folder.file("tls"), options.root + "/functions/run/certificate.cnf", folder.file("log/certificate.log")};
}

} // namespace

Instance::Instance(Options options)
    : m_options(std::move(options)),
      m_folder(m_options.dir),
      m_programs(fs::read_symlink("/proc/self/exe").parent_path().string()),
      m_functions(function_names(m_options.root)),
      m_redis_users(new_users(m_functions))
{
}

Expected<Instance, std::string> Instance::prepare(Options options)
{
    for (auto* path : {&options.dir, &options.root, &options.pages})
        *path = absolute(*path);
    TRY(check_programs(options.redis));
    Instance instance(std::move(options));
    TRY(instance.m_folder.prepare());
    TRY(instance.choose_port());
    TRY(instance.write_files());
    return instance;
}

Expected<void, std::string> Instance::choose_port()
{
    const int got = port_free_on_ipv4(m_options.port);
    const bool taken6 = m_options.port != 0 && is_taken_on_ipv6(m_options.port);
    if (got < 0 || taken6)
        return std::unexpected("port " + std::to_string(m_options.port)
                               + " is taken; choose another: make run PORT=8001");
    m_options.port = got;
    const std::string scheme = m_options.tls ? "https" : "http";
    m_issuer = process_environment("STILE_ISSUER").value_or(scheme + "://localhost:" + std::to_string(got));
    return {};
}

Expected<void, std::string> Instance::write_files()
{
    if (m_options.tls)
        TRY(prepare_certificate(tls_of(m_options, m_folder), m_issuer));
    const auto config = TRY(prepare_settings(m_folder, m_issuer, m_options.pages, redis_address()));
    TRY(write_redis_users(m_folder, m_redis_users, config.settings.offers("password")));
    return write_nginx_files(m_folder, m_options.root,
                             {.port = m_options.port,
                              .issuer = m_issuer,
                              .authority = authority(),
                              .style = read_file(m_options.pages + "/style.css"),
                              .trusted = m_options.trusted});
}

std::string Instance::authority() const
{
    return m_options.tls ? tls_of(m_options, m_folder).authority() : "";
}

std::string Instance::redis_address() const
{
    return m_redis_users.address_of_stile(m_folder.file("redis.sock"));
}

Expected<void, std::string> Instance::start_functions()
{
    for (const auto& name : m_functions) {
        auto command = TRY(function_command(name, m_programs, m_folder));
        if (::geteuid() == 0) // they run as the user of this process: the folder is closed to all others
            command.arguments.insert(command.arguments.end(), {"--user", "root"});
        command.environment = {{"STILE_REDIS", m_redis_users.address_of_function(name, m_folder.file("redis.sock"))}};
        m_supervisor.start(std::move(command));
    }
    for (auto& command : TRY(demo_commands(m_issuer, authority(), m_demo, m_programs, m_folder)))
        m_supervisor.start(std::move(command));
    return {};
}

Expected<void, std::string> Instance::start()
{
    m_supervisor.start(redis_command(m_options.redis, m_folder, m_options.root));
    TRY(m_supervisor.wait_until([&](pid_t) { return is_redis_ready(redis_address()); }));

    const Admin admin(m_programs + "/stile", redis_address());
    m_demo = demo_client(m_issuer, m_folder);
    TRY(load_library(admin, m_folder));
    TRY(ensure_signing_keys(admin, m_folder));
    TRY(start_functions());
    TRY(register_demo(m_demo, admin, m_folder));

    m_supervisor.start(nginx_command(m_folder));
    return m_supervisor.wait_until([&](pid_t pid) { return is_nginx_ready(m_folder, pid, m_options.port); });
}

} // namespace stile::run
