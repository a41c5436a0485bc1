// Whether nginx sends each request once and no client can block others, and who else can reach the functions.
// nginx/README.md has the reason for each setting.
#include "functions/stile/check/checks.h"
#include "functions/stile/check/nginx_configuration.h"
#include "functions/stile/check/nginx_protection.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <set>

namespace stile::admin {

namespace {

constexpr std::string_view proof_of_login_program = "STILE_LOGIN_PROGRAM_SECRET";

bool is_ours(const NginxDirective& directive)
{
    return directive.words.size() == 2 && directive.words[1].starts_with("stile_");
}

void for_each_block(const NginxDirective& block, const std::function<void(const NginxDirective&)>& visit)
{
    visit(block);
    for (const auto& directive : block.inside)
        for_each_block(directive, visit);
}

std::vector<const NginxDirective*> blocks_of(const NginxDirective& main,
                                             const std::function<bool(const NginxDirective&)>& is_meant)
{
    std::vector<const NginxDirective*> found;
    for_each_block(main, [&](const NginxDirective& block) {
        if (is_meant(block))
            found.push_back(&block);
    });
    return found;
}

bool is_location(const NginxDirective& block, std::string_view path)
{
    return block.name() == "location" && block.has_word("=") && block.has_word(path);
}

// Forwarding ----------------------------------------------------------------------------------------------------------

class Forwarding {
public:
    explicit Forwarding(CheckReport& report) : m_report(report) {}

    void check_upstream(const NginxDirective& upstream)
    {
        for (const auto* server : upstream.all("server"))
            if (std::ranges::any_of(server->words, [](const auto& word) { return word.starts_with("max_conns="); }))
                problem("upstream " + upstream.words[1]
                        + " has max_conns: nginx has no queue and refuses further requests; remove it, the "
                          "function's backlog is the queue");
    }

    void check_location(const NginxDirective& location)
    {
        for (const auto* line : location.all("fastcgi_next_upstream"))
            if (line->has_word("non_idempotent"))
                problem("fastcgi_next_upstream has non_idempotent: a refresh token would be sent twice, which revokes "
                        "its grant; remove it");
        for (const auto* line : location.all("fastcgi_request_buffering"))
            if (line->has_word("off"))
                problem("fastcgi_request_buffering is off: clients that send slowly use up the function's connections; "
                        "turn it on");
        check_headers(location);
    }

private:
    // verify must see the names of a client's headers, the other functions none.
    void check_headers(const NginxDirective& location)
    {
        const bool is_verify = is_location(location, "/stile/verify");
        const auto* line = location.last("fastcgi_pass_request_headers");
        if (line == nullptr)
            return;
        if (is_verify && line->has_word("off"))
            problem(
                "location = /stile/verify has fastcgi_pass_request_headers off: a client's own X-Stile-… headers are "
                "not refused; turn it on, as in this version's stile.conf");
        if (!is_verify && line->has_word("on"))
            problem("fastcgi_pass_request_headers is on: headers of clients become parameters; turn it off");
    }

    void problem(const std::string& what)
    {
        if (m_said.insert(what).second)
            m_report.problem(what);
    }

    CheckReport& m_report;
    std::set<std::string> m_said; // many locations include the same file
};

void check_forwarding(const NginxDirective& main, const std::string& path, CheckReport& report)
{
    const int before = report.problems();
    const auto upstreams =
        blocks_of(main, [](const NginxDirective& block) { return block.name() == "upstream" && is_ours(block); });
    const auto locations = blocks_of(main, [](const NginxDirective& block) {
        const auto* pass = block.last("fastcgi_pass");
        return pass != nullptr && is_ours(*pass);
    });
    Forwarding forwarding(report);
    for (const auto* upstream : upstreams)
        forwarding.check_upstream(*upstream);
    for (const auto* location : locations)
        forwarding.check_location(*location);
    report.require(!locations.empty(), "nginx has Stile's locations",
                   path
                       + " has no location of Stile; it must be the output of nginx -T, with include stile/stile.conf "
                         "in a server block");
    report.require(!upstreams.empty(), "nginx has Stile's upstreams",
                   path + " has no upstream of Stile: include stile/upstreams.conf in the http block");
    if (report.problems() == before)
        report.good("nginx forwards each request once, on a separate connection");
}

// The login program ---------------------------------------------------------------------------------------------------

const NginxDirective* proof_in(const NginxDirective& block)
{
    const auto lines = block.all("fastcgi_param");
    const auto proof =
        std::ranges::find_if(lines, [](const auto* line) { return line->has_word(proof_of_login_program); });
    return proof == lines.end() ? nullptr : *proof;
}

void check_proof_file(const std::string& file, CheckReport& report)
{
    struct stat status{};
    if (file.empty() || ::stat(file.c_str(), &status) != 0)
        return;
    report.require((status.st_mode & 077) == 0,
                   "nginx has the secret of the login program in " + file + ", accessible only to its owner",
                   file + " has the secret of the login program and is accessible to others; use chmod 600");
}

void check_login_program(const NginxDirective& main, CheckReport& report)
{
    for (const auto* block : blocks_of(main, [](const NginxDirective& each) { return proof_in(each) != nullptr; })) {
        const auto* proof = proof_in(*block);
        if (!is_location(*block, "/stile/accept-login"))
            report.problem(proof->file + " adds " + std::string(proof_of_login_program)
                           + " outside of location = /stile/accept-login; remove it there");
        check_proof_file(proof->file, report);
    }
    for (const auto* location :
         blocks_of(main, [](const NginxDirective& block) { return is_location(block, "/stile/accept-login"); }))
        if (proof_in(*location) == nullptr)
            report.problem("nginx has accept-login.conf and no " + std::string(proof_of_login_program)
                           + ": logins of the login program are refused; write it into accept-login-secret.conf");
}

// Who can connect to the functions ------------------------------------------------------------------------------------

// The user and the group of nginx's workers.
struct Workers {
    std::string user;
    std::string group;
};

Workers workers_of(const NginxDirective& main)
{
    const auto* line = main.last("user");
    if (line == nullptr || line->words.size() < 2)
        return {};
    return {line->words[1], line->words.back()}; // without a group: that of the user's name
}

bool is_member(const std::string& user, const group& of)
{
    for (char** member = of.gr_mem; *member != nullptr; ++member)
        if (user == *member)
            return true;
    return false;
}

// The group of a socket; null if it is not there, or if its group does not decide: `make run` keeps sockets that everybody
// can open in a closed folder.
const group* group_of_socket(const std::string& path, const Workers& workers)
{
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode) || (status.st_mode & 07) != 0)
        return nullptr;
    const auto* owner = ::getpwuid(status.st_uid);
    return owner != nullptr && workers.user == owner->pw_name ? nullptr : ::getgrgid(status.st_gid);
}

// False if something was reported: the next socket would say the same.
bool is_socket_good(const std::string& path, const Workers& workers, CheckReport& report)
{
    const auto* its = group_of_socket(path, workers);
    if (its == nullptr)
        return true;
    const std::string name = its->gr_name;
    const std::string write = "write \"user " + workers.user + " stile-web;\" into nginx.conf";
    const bool is_of_many = name == "www-data"; // the group of all that serves the web in Debian
    if (workers.group == name && !is_of_many)
        return true;
    if (workers.group != name && !is_member(workers.user, *its))
        report.problem("nginx's workers cannot connect to " + path + ", which belongs to the group " + name + "; "
                       + write);
    else if (is_of_many)
        report.note("every program of the group www-data can connect to " + path
                    + ", not only nginx; functions/package/README.md says how to change that");
    else
        report.note("every program of the user " + workers.user + " can connect to " + path
                    + ", not only nginx, because the user is a member of the group " + name + "; " + write
                    + ", and run gpasswd --delete " + workers.user + " " + name);
    return false;
}

void check_sockets(const NginxDirective& main, CheckReport& report)
{
    constexpr std::string_view scheme = "unix:";
    const auto workers = workers_of(main);
    if (workers.user.empty())
        return;
    for (const auto* upstream :
         blocks_of(main, [](const NginxDirective& block) { return block.name() == "upstream" && is_ours(block); }))
        for (const auto* server : upstream->all("server"))
            if (server->words.size() > 1 && server->words[1].starts_with(scheme)
                && !is_socket_good(server->words[1].substr(scheme.size()), workers, report))
                return;
}

std::string read_all(const std::string& path)
{
    if (path == "-")
        return {std::istreambuf_iterator<char>(std::cin), {}};
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

void check_nginx(const std::string& path, CheckReport& report)
{
    const auto text = read_all(path);
    const auto main = read_nginx_configuration(text);
    check_forwarding(main, path, report);
    check_protection(main, report);
    check_login_program(main, report);
    check_sockets(main, report);
}

} // namespace stile::admin
