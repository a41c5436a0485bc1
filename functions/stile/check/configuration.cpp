// The settings as the functions would read them, and the files that hold them.
#include "functions/stile/check/checks.h"

#include "shared/base/text.h"
#include "shared/pages/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace stile::admin {

namespace {

// What would keep a function with pages from starting, and what is not translated yet.
void check_pages(const PageFiles& files, CheckReport& report)
{
    try {
        const auto set = read_pages(files);
        report.good("the pages are in " + files.installed + (files.theme.empty() ? "" : ", and in " + files.theme));
        for (const auto& pages : set.languages) {
            const auto file = "texts/" + pages.texts.language() + ".json";
            if (!pages.missing.empty())
                report.note(file + " lacks these texts, shown in English: " + join(pages.missing, ", "));
            if (!pages.unknown.empty())
                report.note(file + " has unused texts: " + join(pages.unknown, ", "));
        }
    } catch (const std::exception& error) {
        report.problem(error.what());
    }
}

constexpr std::string_view login_program = "STILE_LOGIN_PROGRAM_SECRET";

void note_login_program(const std::string& where, CheckReport& report)
{
    report.note("logins of a login program are on: " + std::string(login_program) + " is set in " + where
                + ", so nginx's login program can log in any user");
}

bool sets_login_program(const std::filesystem::path& path)
{
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(std::string(login_program) + "="))
            return true;
    return false;
}

} // namespace

void check_configuration(CheckReport& report)
{
    const auto config = read_config(process_environment);
    if (!config) {
        report.problem(config.error());
        return;
    }
    report.good("the configuration is valid; the issuer is " + config->settings.issuer);
    if (!config->settings.login_program_secret.empty())
        note_login_program("the environment", report);
    check_pages(config->pages, report);
    if (!config->key_file.empty()) {
        const auto key = read_master_key(*config);
        report.require(key.has_value(),
                       "the master key in " + config->key_file + " is valid and accessible only to its owner",
                       key ? "" : key.error());
    }
}

// Settings files contain passwords of Redis and may contain keys.
void check_settings_files(const std::string& folder, CheckReport& report)
{
    std::error_code error;
    bool are_safe = true;
    bool may_be_on = process_environment(login_program).has_value(); // the login program
    std::filesystem::directory_iterator files(folder, error);
    for (const auto& file : files) {
        struct stat status{};
        const auto path = file.path().string();
        if (file.path().extension() != ".env" || ::stat(path.c_str(), &status) != 0)
            continue;
        if (sets_login_program(path)) {
            note_login_program(path, report);
            may_be_on = true;
        }
        may_be_on = may_be_on || ::access(path.c_str(), R_OK) != 0;
        if ((status.st_mode & 077) != 0)
            report.problem(path + " contains passwords and is accessible to others; use chmod 600");
        if (status.st_uid != 0 && status.st_uid != ::geteuid())
            report.problem(path + " belongs to user " + std::to_string(status.st_uid)
                           + ", who could change the settings; use chown root");
        are_safe = are_safe && (status.st_mode & 077) == 0 && (status.st_uid == 0 || status.st_uid == ::geteuid());
    }
    if (!may_be_on)
        report.good("logins of a login program are off");
    if (are_safe && !error)
        report.good("the settings in " + folder + " are accessible only to their owner");
}

} // namespace stile::admin
