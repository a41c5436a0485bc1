// stile check: whether the configuration is sound and Redis is fit for what Stile asks of it, and what to do if not.
#include "functions/stile/findings.h"

#include "shared/base/text.h"
#include "shared/http/page_files.h"

#include <filesystem>
#include <fstream>

namespace stile::admin {

void Findings::good(const std::string& what)
{
    m_rows.push_back({"ok       " + what, {{"finding", "ok"}, {"text", what}}});
}

void Findings::note(const std::string& what)
{
    m_rows.push_back({"note     " + what, {{"finding", "note"}, {"text", what}}});
}

void Findings::problem(const std::string& what)
{
    m_rows.push_back({"PROBLEM  " + what, {{"finding", "problem"}, {"text", what}}});
    ++m_problems;
}

void Findings::require(bool condition, const std::string& good_news, const std::string& what_to_do)
{
    condition ? good(good_news) : problem(what_to_do);
}

namespace {

// The value of a line "name:value" of INFO.
std::string info_value(const std::string& info, const std::string& name)
{
    for (const auto line : split(info, '\n'))
        if (line.starts_with(name + ":"))
            return std::string(line.substr(name.size() + 1, line.find('\r') - name.size() - 1));
    return {};
}

Result<std::string> setting(Connection& connection, const std::string& name)
{
    const auto reply = TRY(connection.command({"CONFIG", "GET", name}));
    return reply.elements.size() == 2 ? reply.elements[1].text : std::string();
}

Result<void> check_persistence(Connection& connection, Findings& findings)
{
    const auto appendonly = TRY(setting(connection, "appendonly"));
    findings.require(appendonly == "yes", "appendonly is yes",
                     "appendonly is " + appendonly
                         + ": after a crash used codes and refresh tokens could be used again; set appendonly yes");
    const auto fsync = TRY(setting(connection, "appendfsync"));
    if (fsync == "always")
        findings.good("appendfsync is always");
    else
        findings.note("appendfsync is " + fsync
                      + ": a power failure may forget the last second; set appendfsync always");
    return {};
}

// Loads the library if need be: the surest test that it can be.
Result<void> check_library(Connection& connection, Findings& findings)
{
    TRY(connection.call("revoke_grant", {"grant:{stile-check}"}, {}));
    findings.good("the function library is loaded");
    return {};
}

Result<void> check_redis(Connection& connection, Findings& findings)
{
    const auto info = TRY(connection.command({"INFO", "server"})).text;
    const auto version = info_value(info, "redis_version");
    findings.require(parse_number<int>(std::string_view(version).substr(0, version.find('.'))).value_or(0) >= 7,
                     "Redis " + version, "Redis is " + version + ": functions (FCALL) need 7.0 or later");
    if (!connection.command({"CONFIG", "GET", "maxmemory-policy"})) {
        findings.note("Redis does not show its settings (CONFIG): see to appendonly, appendfsync and maxmemory-policy");
        return check_library(connection, findings);
    }
    const auto policy = TRY(setting(connection, "maxmemory-policy"));
    findings.require(policy == "noeviction", "maxmemory-policy is noeviction",
                     "maxmemory-policy is " + policy
                         + ": sessions, throttles and used tokens would be dropped silently; set it to noeviction");
    TRY(check_persistence(connection, findings));
    return check_library(connection, findings);
}

// Everything that would keep a function with pages from starting, and what a translator has still to do.
void check_pages(const PageFiles& files, Findings& findings)
{
    try {
        const auto set = read_pages(files);
        findings.good("the pages are in " + files.installed + (files.theme.empty() ? "" : ", and in " + files.theme));
        for (const auto& pages : set.languages) {
            const auto file = "texts/" + pages.texts.language() + ".json";
            if (!pages.missing.empty())
                findings.note(file + " lacks, and shows in English: " + join(pages.missing, ", "));
            if (!pages.unknown.empty())
                findings.note(file + " has texts that no page shows: " + join(pages.unknown, ", "));
        }
    } catch (const std::exception& error) {
        findings.problem(error.what());
    }
}

void check_configuration(Findings& findings)
{
    const auto config = read_config(process_environment);
    if (!config) {
        findings.problem(config.error());
        return;
    }
    findings.good("the configuration reads well; the issuer is " + config->settings.issuer);
    check_pages(config->pages, findings);
}

// A queue that is too short makes nginx's connect() fail while a function is busy: 503 in place of a short wait.
void check_backlog(Findings& findings)
{
    constexpr int enough = 4096;
    int longest = 0;
    if (std::ifstream("/proc/sys/net/core/somaxconn") >> longest && longest < enough)
        findings.note("net.core.somaxconn is " + std::to_string(longest)
                      + ": in a rush requests are refused rather than queued; set it to 4096");
}

void check(const std::string& nginx_configuration, CommandLine& line)
{
    Findings findings;
    check_configuration(findings);
    check_backlog(findings);
    if (!nginx_configuration.empty())
        check_nginx(nginx_configuration, findings);
    line.run([&](Workplace& workplace) -> Result<int> {
        TRY(check_redis(workplace.connection, findings));
        TRY(check_redis_users(workplace, findings));
        return findings.status();
    });
    // What was found stands, however far it went.
    Printer(line.json).list(findings.rows());
}

} // namespace

void add_check_command(CLI::App& app, CommandLine& line)
{
    auto* command = app.add_subcommand("check", "Checks the configuration and Redis, and says what to do");
    const auto nginx_configuration = std::make_shared<std::string>();
    command->add_option("--nginx", *nginx_configuration,
                        "Checks nginx, too: a file with the output of nginx -T; -: stdin");
    command->callback([&line, nginx_configuration] { check(*nginx_configuration, line); });
}

} // namespace stile::admin
