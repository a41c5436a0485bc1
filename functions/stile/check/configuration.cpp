// The settings as the functions would read them, and the files that hold them.
#include "functions/stile/check/checks.h"

#include "shared/base/text.h"
#include "shared/pages/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

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

} // namespace

void check_configuration(CheckReport& report)
{
    const auto config = read_config(process_environment);
    if (!config) {
        report.problem(config.error());
        return;
    }
    report.good("the configuration is valid; the issuer is " + config->settings.issuer);
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
    std::filesystem::directory_iterator files(folder, error);
    if (error)
        return;
    for (const auto& file : files) {
        struct stat status{};
        const auto path = file.path().string();
        if (file.path().extension() != ".env" || ::stat(path.c_str(), &status) != 0)
            continue;
        if ((status.st_mode & 077) != 0)
            report.problem(path + " contains passwords and is accessible to others; use chmod 600");
        if (status.st_uid != 0 && status.st_uid != ::geteuid())
            report.problem(path + " belongs to user " + std::to_string(status.st_uid)
                           + ", who could change the settings; use chown root");
        are_safe = are_safe && (status.st_mode & 077) == 0 && (status.st_uid == 0 || status.st_uid == ::geteuid());
    }
    if (are_safe)
        report.good("the settings in " + folder + " are accessible only to their owner");
}

} // namespace stile::admin
