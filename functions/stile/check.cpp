// stile check: whether the configuration is sound and Redis is fit for what Stile asks of it, and what to do if not.
#include "functions/stile/findings.h"
#include "functions/stile/redis_rights.h"

#include "shared/base/text.h"
#include "shared/pages/files.h"
#include <sys/stat.h>
#include <unistd.h>

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

// Everything that would keep a function with pages from starting, and what a translator has still to do.
void check_pages(const PageFiles& files, Findings& findings)
{
    try {
        const auto set = read_pages(files);
        findings.good("the pages are in " + files.installed + (files.theme.empty() ? "" : ", and in " + files.theme));
        for (const auto& pages : set.languages) {
            const auto file = "texts/" + pages.texts.language() + ".json";
            if (!pages.missing.empty())
                findings.note(file + " lacks these texts, shown in English: " + join(pages.missing, ", "));
            if (!pages.unknown.empty())
                findings.note(file + " has unused texts: " + join(pages.unknown, ", "));
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
    findings.good("the configuration is valid; the issuer is " + config->settings.issuer);
    check_pages(config->pages, findings);
    if (!config->key_file.empty()) {
        const auto key = read_master_key(*config);
        findings.require(key.has_value(),
                         "the master key in " + config->key_file + " is valid and accessible only to its owner",
                         key ? "" : key.error());
    }
}

// The files of settings hold passwords of Redis, and may hold keys.
void check_settings(const std::string& folder, Findings& findings)
{
    std::error_code error;
    bool are_safe = true;
    std::filesystem::directory_iterator files(folder, error);
    if (error)
        return;
    for (const auto& file : files) {
        struct stat status{};
        const auto path = file.path().string();
        if (file.path().extension() != ".env" || ::stat(path.c_str(), &status) != 0)
            continue;
        if ((status.st_mode & 077) != 0)
            findings.problem(path + " contains passwords and is accessible to others; use chmod 600");
        if (status.st_uid != 0 && status.st_uid != ::geteuid())
            findings.problem(path + " belongs to user " + std::to_string(status.st_uid)
                             + ", who could change the settings; use chown root");
        are_safe = are_safe && (status.st_mode & 077) == 0 && (status.st_uid == 0 || status.st_uid == ::geteuid());
    }
    if (are_safe)
        findings.good("the settings in " + folder + " are accessible only to their owner");
}

// A queue that is too short makes nginx's connect() fail while a function is busy: 503 in place of a short wait.
void check_backlog(Findings& findings)
{
    constexpr int enough = 4096;
    int longest = 0;
    if (std::ifstream("/proc/sys/net/core/somaxconn") >> longest && longest < enough)
        findings.note("net.core.somaxconn is " + std::to_string(longest)
                      + ": under load requests are refused instead of queued; set it to 4096");
}

void check(const std::string& nginx_configuration, const std::string& settings, CommandLine& line)
{
    Findings findings;
    check_configuration(findings);
    check_settings(settings, findings);
    check_backlog(findings);
    if (!nginx_configuration.empty())
        check_nginx(nginx_configuration, findings);
    line.run([&](Workplace& workplace) -> Result<int> {
        TRY(check_redis(workplace, findings));
        TRY(check_keys(workplace, findings));
        TRY(check_redis_users(workplace, findings));
        return findings.status();
    });
    // What was found stands, however far it went.
    Printer(line.json).list(findings.rows());
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
