// stile check: whether the configuration is valid and Redis and nginx are set up as Stile needs them.
#include "functions/stile/check/checks.h"
#include "functions/stile/check/redis_rights.h"

#include <fstream>
#include <memory>

namespace stile::admin {

namespace {

// A queue that is too short makes nginx's connect() fail while a function is busy: 503 instead of a short wait.
void check_backlog(CheckReport& report)
{
    constexpr int enough = 4096;
    int longest = 0;
    if (std::ifstream("/proc/sys/net/core/somaxconn") >> longest && longest < enough)
        report.note("net.core.somaxconn is " + std::to_string(longest)
                    + ": under load requests are refused instead of queued; set it to 4096");
}

void check(const std::string& nginx_configuration, const std::string& settings, CommandLine& line)
{
    CheckReport report;
    check_configuration(report);
    check_settings_files(settings, report);
    check_backlog(report);
    if (!nginx_configuration.empty())
        check_nginx(nginx_configuration, report);
    line.run([&](AdminContext& context) -> Result<int> {
        TRY(check_redis(context, report));
        TRY(check_keys(context, report));
        TRY(check_subjects(context, report));
        TRY(check_redis_users(context, report));
        TRY(check_events(context, report));
        return report.status();
    });
    // Also if a check failed half-way.
    Printer(line.json).list(report.rows());
}

} // namespace

void add_check_command(Command& app, CommandLine& line)
{
    auto* command = app.add_subcommand("check", "Checks the configuration and Redis, and suggests fixes");
    const auto nginx_configuration = std::make_shared<std::string>();
    command->add_option("--nginx", *nginx_configuration,
                        "Also check nginx: a file with the output of nginx -T, or - for standard input");
    const auto settings = std::make_shared<std::string>("/etc/stile");
    command->add_option("--settings", *settings, "Folder of the settings files, *.env (default: /etc/stile)");
    const auto rights = std::make_shared<bool>(false);
    command->add_flag("--rights", *rights,
                      "Only print which function reads and writes which keys of Redis, and check nothing");
    command->callback([&line, nginx_configuration, settings, rights] {
        if (*rights)
            Printer(false).aside(rights_table());
        else
            check(*nginx_configuration, *settings, line);
    });
}

} // namespace stile::admin
