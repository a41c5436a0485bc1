// The sockets of the functions belong to this process and are handed down (as systemd would), so a function that dies
// loses the requests in its hands and no others: the rest waits in the socket until its successor is there.
#include "functions/run/set.h"

#include "functions/run/files.h"
#include "functions/run/sockets.h"
#include "shared/base/clock.h"
#include "shared/base/text.h"
#include "shared/config.h"
#include "shared/crypto/random.h"
#include "shared/fastcgi/listen.h"
#include "shared/store/connection.h"
#include "shared/store/users_acl.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>

namespace stile::run {

namespace fs = std::filesystem;

namespace {

constexpr std::array endpoints = {"authorize", "login",    "consent", "token",    "introspect", "revoke",
                                  "verify",    "userinfo", "logout",  "metadata", "metrics"};
// Milliseconds between the death of a process and its next start: enough not to spin, and for Redis enough that
// somebody who ended it on purpose can look at what its absence does.
constexpr int pause_before_redis = 1000;
constexpr int pause_before_others = 50;

constexpr int early_death = 5000; // milliseconds of life below which a death is early
constexpr int hopeless = 5; // early deaths in a row
constexpr int longest_pause = 2000; // milliseconds: each early death doubles the pause

std::unexpected<std::string> problem(std::string text)
{
    return std::unexpected(std::move(text));
}

// A line of stile.env, as a shell and systemd read it.
std::string assignment(std::string_view entry)
{
    const auto equals = entry.find('=');
    return std::string(entry.substr(0, equals)) + "='"
           + replace_all(std::string(entry.substr(equals + 1)), "'", R"('\'')") + "'\n";
}

RedisUsers new_users()
{
    SystemRandom random;
    return RedisUsers(endpoints, random);
}

} // namespace

Set::Set(Options options) : m_options(std::move(options)), m_redis_users(new_users()) {}

Expected<Set, std::string> Set::prepare(Options options)
{
    std::error_code error;
    options.dir = fs::absolute(options.dir, error).lexically_normal().string();
    options.root = fs::absolute(options.root, error).lexically_normal().string();
    options.pages = fs::absolute(options.pages, error).lexically_normal().string();
    while (options.dir.size() > 1 && options.dir.ends_with('/'))
        options.dir.pop_back();
    if (options.dir.find_first_of(" \t\n;{}'\"\\$#") != std::string::npos)
        return problem("RUN_DIR must have no spaces, quotes or other special characters: " + options.dir);
    if (options.dir.size() > 80) // a unix socket's path has 107 bytes
        return problem("RUN_DIR is longer than 80 bytes, too long for unix sockets: " + options.dir);

    // nginx lies in /usr/sbin, which a user's PATH need not have.
    const auto path = process_environment("PATH").value_or("/usr/bin:/bin") + ":/usr/sbin:/sbin";
    ::setenv("PATH", path.c_str(), 1);
    for (const auto& program : {options.redis, std::string("nginx")})
        if (!is_program(program))
            return problem(how_to_get(program));

    Set set(std::move(options));
    set.m_programs = fs::read_symlink("/proc/self/exe").parent_path().string();
    // A folder that others use is not taken over, nor closed to them.
    struct stat status{};
    const bool exists = ::stat(set.in_dir("").c_str(), &status) == 0;
    // Its owner could put other settings and another certificate authority in the place of ours.
    if (exists && status.st_uid != ::geteuid())
        return problem("RUN_DIR belongs to another user: " + set.in_dir(""));
    const bool is_closed = exists && (status.st_mode & 077) == 0;
    if (exists && !is_closed && !fs::is_empty(set.in_dir(""), error))
        return problem("RUN_DIR must be a new or empty folder, or one of an earlier run: " + set.in_dir(""));
    for (const char* folder : {"", "redis", "log", "tmp", "www", "metrics"}) {
        fs::create_directories(set.in_dir(folder), error);
        if (error)
            return problem("cannot make " + set.in_dir(folder) + ": " + error.message());
    }
    fs::permissions(set.m_options.dir, fs::perms::owner_all, error);
    if (error)
        return problem("cannot close " + set.in_dir("") + " to others: " + error.message());
    TRY(set.lock());
    TRY(set.find_port());
    if (set.m_options.tls)
        TRY(prepare_certificate(set.tls(), set.issuer()));
    TRY(set.write_files());
    return set;
}

std::string Set::issuer() const
{
    return process_environment("STILE_ISSUER")
        .value_or((m_options.tls ? "https" : "http") + ("://localhost:" + std::to_string(m_options.port)));
}

Tls Set::tls() const
{
    return {in_dir("tls"), m_options.root + "/functions/run/certificate.cnf", in_dir("log/certificate.log")};
}

std::string Set::authority() const
{
    return m_options.tls ? tls().authority() : "";
}

std::string Set::issuer_path() const
{
    const auto url = issuer();
    const auto authority = url.find("//");
    const auto path = authority == std::string::npos ? std::string::npos : url.find('/', authority + 2);
    return path == std::string::npos ? "" : url.substr(path);
}

std::string Set::in_dir(const std::string& name) const
{
    return name.empty() ? m_options.dir : m_options.dir + "/" + name;
}

Expected<void, std::string> Set::lock()
{
    const int descriptor = ::open(in_dir("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return problem("cannot write in RUN_DIR " + m_options.dir);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) // held until this process ends
        return problem("RUN_DIR " + m_options.dir
                       + " is in use by another make run; choose another: make run PORT=8001 RUN_DIR=build/run2");
    return {};
}

Expected<void, std::string> Set::find_port()
{
    const int got = port_free_on_ipv4(m_options.port);
    const bool taken6 = m_options.port != 0 && somebody_listens_on_ipv6(m_options.port);
    if (got < 0 || taken6)
        return problem("port " + std::to_string(m_options.port) + " is taken; choose another: make run PORT=8001");
    m_options.port = got;
    return {};
}

std::string Set::render(const std::string& file) const
{
    auto text = read_file(fs::path(m_options.root) / file);
    const auto port = std::to_string(m_options.port);
    text = replace_all(std::move(text), "@RUN_DIR@", m_options.dir);
    text = replace_all(std::move(text), "@LISTEN_IPV6@",
                       is_free_on_ipv6(m_options.port) ? "listen [::1]:" + port + "@SSL@;" : "");
    text = fill_in_tls(std::move(text), authority());
    text = replace_all(std::move(text), "@PORT@", port);
    text = replace_all(std::move(text), "@ISSUER@", issuer());
    text = replace_all(std::move(text), "@STYLE@", read_file(m_options.pages + "/style.css"));
    // The endpoints of an issuer with a path lie below it; its metadata has the path at the end (RFC 8414 §3.1).
    const auto path = issuer_path();
    for (const std::string name :
         {"/oauth/", "/login ", "/approve ", "/.well-known/jwks.json ", "/.well-known/openid-configuration "})
        text = replace_all(std::move(text), "location = " + name, "location = " + path + name);
    const std::string metadata = "location = /.well-known/oauth-authorization-server";
    text = replace_all(std::move(text), metadata, metadata + path);
    // An installed Stile has these two folders; a run has its own.
    text = replace_all(std::move(text), "/var/log/nginx/", in_dir("log/"));
    text = replace_all(std::move(text), "/var/lib/nginx/", in_dir("tmp/"));
    return replace_all(std::move(text), "/run/stile/", in_dir("").append("/"));
}

Expected<void, std::string> Set::write_files()
{
    std::error_code error;
    fs::create_directories(in_dir("stile"), error);
    fs::remove_all(in_dir("tmp/stile"), error); // nginx's cache: its metadata may name the port of an earlier run
    bool written = write_file(in_dir("nginx.conf"), render("nginx/nginx.conf"));
    for (const char* name :
         {"stile.conf", "upstreams.conf", "limits.conf", "server.conf", "timeouts.conf", "fastcgi.conf", "page.conf",
          "json.conf", "headers.conf", "log.conf", "protect.conf", "monitors.conf", "accept-login.conf", "tls.conf"})
        written = written && write_file(in_dir("stile/") + name, render(std::string("nginx/") + name));
    auto trusted = render("nginx/trusted.conf");
    for (const auto& address : m_options.trusted)
        trusted.append(address).append(" 1;\n");
    written = written && write_file(in_dir("stile/trusted.conf"), trusted);
    written = written && write_file(in_dir("www/index.html"), render("functions/run/home.html"));
    // nginx started by root lets its workers be nobody's; they must be able to read this one page.
    fs::permissions(in_dir("www"), fs::perms::owner_all, error);
    written = written && write_private_file(in_dir("operator.password"), m_redis_users.operator_password());
    if (!written)
        return problem("cannot write in RUN_DIR " + m_options.dir);
    return write_environment();
}

// What the functions read, and in stile.env what the admin command of another shell needs. Each gets its own user of
// Redis, so STILE_REDIS is not handed down to all.
Expected<void, std::string> Set::write_environment()
{
    ::setenv("STILE_ISSUER", issuer().c_str(), 1);
    ::setenv("STILE_REDIS", m_redis_users.address_of_stile(in_dir("redis.sock")).c_str(), 1);
    TRY(prepare_keys());
    ::setenv("STILE_PAGES", m_options.pages.c_str(), 1);
    ::setenv("STILE_METRICS", in_dir("metrics").c_str(), 1);
    std::string lines;
    for (char** entry = environ; *entry != nullptr; ++entry)
        if (std::string_view(*entry).starts_with("STILE_"))
            lines += assignment(*entry);
    if (!write_private_file(in_dir("stile.env"), lines))
        return problem("cannot write in RUN_DIR " + m_options.dir);
    const auto config = read_config(process_environment);
    if (!config)
        return problem(config.error());
    const fs::path redis = fs::path(m_options.root) / "redis";
    auto users = std::string(users_acl());
    if (config->settings.offers("password"))
        users = with_password_grant(std::move(users), password_grant_acl());
    if (!write_private_file(in_dir("users.acl"), m_redis_users.fill_in(std::move(users))))
        return problem("cannot write in RUN_DIR " + m_options.dir);
    ::unsetenv("STILE_REDIS");
    ::unsetenv("STILE_IDLE_EXIT"); // nobody here would start them again at the next request
    return {};
}

bool Set::redis_answers() const
{
    const SystemClock clock;
    return Connection(*parse_redis_address(m_redis_users.address_of_stile(in_dir("redis.sock"))), clock)
        .command({"PING"})
        .has_value();
}

// Runs the admin command and gives its exit status; `log` takes its output, `secret` is what it finds where an argument
// says "-".
int Set::admin(Words arguments, const std::string& log, const std::string& secret) const
{
    arguments.insert(arguments.begin(), m_programs + "/stile");
    Command command = {"stile", std::move(arguments), -1, log};
    command.environment = {{"STILE_REDIS", m_redis_users.address_of_stile(in_dir("redis.sock"))}};
    command.input = secret + "\n";
    return run_to_end(command);
}

// The master key of the run, made once; whoever brings one along keeps it.
Expected<void, std::string> Set::prepare_keys()
{
    if (process_environment("STILE_KEY_FILE") || process_environment("STILE_KEY"))
        return {};
    const auto file = in_dir("signing.key");
    if (!fs::exists(file) && !write_private_file(file, SystemRandom().base62(64)))
        return problem("cannot write in RUN_DIR " + m_options.dir);
    ::setenv("STILE_KEY_FILE", file.c_str(), 1);
    return {};
}

// The functions may not load it themselves.
Expected<void, std::string> Set::load_library()
{
    const auto log = in_dir("log/library.log");
    if (admin({"library", "load"}, log) != 0)
        return problem("cannot load the function library into Redis; see " + log);
    return {};
}

Expected<void, std::string> Set::ensure_signing_keys()
{
    const auto log = in_dir("log/keys.log");
    for (const char* alg : {"RS256", "ES256"}) // every ID token is RS256, unless its client wants another
        if (admin({"keys", "list", "--alg", alg}, log) != 0 && admin({"keys", "rotate", "--alg", alg}, log) != 0)
            return problem("cannot make a signing key; see " + log);
    return {};
}

template <typename Condition>
Expected<void, std::string> Set::wait_for(const std::string& what, Condition condition)
{
    // Neither Redis nor nginx says when it is ready; a signal (a child's death, Ctrl-C) ends the pause at once.
    constexpr int pause = 10; // milliseconds
    for (int waited = 0; waited < 30'000; waited += pause) {
        if (condition()) {
            m_has_worked.insert(what);
            return {};
        }
        const int signal = m_signals.next(pause);
        if (signal == SIGCHLD && ::waitpid(m_running.back().second, nullptr, WNOHANG) > 0) {
            m_running.pop_back();
            return problem(what + " does not start; its log: " + m_commands[what].log);
        }
        if (signal != 0 && signal != SIGCHLD) {
            m_asked_to_stop = true;
            return problem("stopped before it was ready");
        }
    }
    return problem(what + " does not answer; its log: " + m_commands[what].log);
}

void Set::launch(const std::string& name)
{
    m_started_at[name] = SystemClock().monotonic_milliseconds();
    m_running.emplace_back(name, run::start(m_commands[name]));
}

Expected<void, std::string> Set::start_redis()
{
    m_commands["redis"] = {"redis",
                           {m_options.redis, m_options.root + "/redis/redis.conf", "--port", "0", "--unixsocket",
                            in_dir("redis.sock"), "--unixsocketperm", "700", "--dir", in_dir("redis"), "--aclfile",
                            in_dir("users.acl"), "--daemonize", "no"},
                           -1,
                           in_dir("log/redis.log")};
    launch("redis");
    return wait_for("redis", [this] { return redis_answers(); });
}

Expected<void, std::string> Set::start_function(Command command)
{
    const auto name = command.name;
    const auto path = in_dir(name + ".sock");
    command.arguments.insert(command.arguments.begin(), m_programs + "/stile-" + name);
    command.listening = TRY(listen_on_path(path));
    command.log = in_dir("log/functions.log");
    // A unix socket may be entered by whoever may enter its folder; nginx's workers need not be its owner.
    ::chmod(path.c_str(), 0666);
    m_commands[name] = std::move(command);
    launch(name);
    return {};
}

Expected<void, std::string> Set::start_functions()
{
    for (const char* name : endpoints) {
        Command function = {name, {}};
        if (::geteuid() == 0) // they may do as much as this process: there is nobody else to own the private folder
            function.arguments = {"--user", "root"};
        function.environment = {{"STILE_REDIS", m_redis_users.address_of_function(name, in_dir("redis.sock"))}};
        TRY(start_function(std::move(function)));
    }
    m_demo = demo_client(issuer(), in_dir("demo.secret"));
    for (const auto& command : demo_functions(issuer(), authority(), m_demo))
        TRY(start_function(command));
    return {};
}

Expected<void, std::string> Set::start_nginx()
{
    std::vector<std::string> arguments = {"nginx",       "-e", in_dir("log/nginx.log"), "-p",
                                          m_options.dir, "-c", in_dir("nginx.conf"),    "-g"};
    // Started by root it would give its workers another user, who may not enter this private folder.
    arguments.emplace_back(::getuid() == 0 ? "daemon off; user root;" : "daemon off;");
    m_commands["nginx"] = {"nginx", std::move(arguments), -1, in_dir("log/nginx.log")};
    launch("nginx");
    // It listens before it knows that it can start; its pid is the last thing that it writes.
    const auto started = std::to_string(m_running.back().second) + "\n";
    return wait_for("nginx", [&] {
        return fs::is_regular_file(in_dir("nginx.pid")) && read_file(in_dir("nginx.pid")) == started
               && somebody_listens_on(m_options.port);
    });
}

Expected<void, std::string> Set::register_demo()
{
    const auto log = in_dir("log/demo.log");
    const auto run_admin = std::bind_front(&Set::admin, this);
    const auto ensure = [&](const Words& show, const Words& add, const std::string& secret) {
        return admin(show, log) == 0 || admin(add, log, secret) == 0;
    };
    const bool registered =
        ensure({"client", "show", "test_client"},
               {"client", "add", "--id", "test_client", "--name", "Example Application", "--secret", "-",
                "--redirect-uri", "https://www.example.com/redirect", "--scope", "openid profile email"},
               "password")
        && ensure({"user", "show", "admin"},
                  {"user", "add", "admin", "--password", "-", "--name", "Ada Admin", "--email", "admin@example.com"},
                  "admin")
        && register_client(m_demo, run_admin, in_dir("demo.secret"), log, in_dir("tmp/demo-client"));
    if (!registered)
        return problem("cannot register the demo clients and user; see " + log);
    return {};
}

Expected<void, std::string> Set::start()
{
    TRY(start_redis());
    TRY(load_library());
    TRY(ensure_signing_keys());
    TRY(start_functions());
    TRY(register_demo());
    return start_nginx();
}

void Set::revive(const std::string& name)
{
    const int pause = name == "redis" ? pause_before_redis : pause_before_others;
    const int signal = m_signals.next(std::min(pause << std::min(m_early_deaths[name], hopeless), longest_pause));
    m_asked_to_stop = signal != 0 && signal != SIGCHLD;
    // Somebody may have started another Redis in its place (a test, an operator): then leave it alone.
    if (m_asked_to_stop || (name == "redis" && redis_answers()))
        return;
    launch(name);
    std::cerr << "stile: " << name << " exited and was restarted\n";
}

void Set::bury(pid_t ended, int status)
{
    const auto found = std::ranges::find(m_running, ended, [](const auto& pair) { return pair.second; });
    if (found == m_running.end())
        return;
    const auto name = found->first;
    m_running.erase(found);
    ::kill(-ended, SIGKILL); // what it leaves of its group: workers of nginx would keep the port
    // Ending well, or being killed, says nothing against the next start: that was done from outside.
    const bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const bool was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    const auto lived = SystemClock().monotonic_milliseconds() - m_started_at[name];
    if (lived >= early_death)
        m_has_worked.insert(name);
    m_early_deaths[name] = !ended_well && !was_killed && lived < early_death ? m_early_deaths[name] + 1 : 0;
    if (!is_hopeless(name))
        revive(name);
}

bool Set::is_hopeless(const std::string& name) const
{
    const auto deaths = m_early_deaths.find(name);
    return deaths != m_early_deaths.end() && deaths->second >= hopeless && !m_has_worked.contains(name);
}

Expected<void, std::string> Set::watch()
{
    while (!m_asked_to_stop) {
        // One SIGCHLD may stand for several deaths, and the first may have come while the set was starting.
        int status = 0;
        for (pid_t ended = ::waitpid(-1, &status, WNOHANG); ended > 0; ended = ::waitpid(-1, &status, WNOHANG))
            bury(ended, status);
        for (const auto& [name, deaths] : m_early_deaths)
            if (is_hopeless(name))
                return problem(name + " exits as soon as it is started; its log: " + m_commands[name].log);
        if (m_asked_to_stop)
            break;
        const int signal = m_signals.next(-1);
        m_asked_to_stop = signal != 0 && signal != SIGCHLD;
    }
    return {};
}

// Asks, asks nginx again to hurry, and at last ends the whole group (nginx has workers), waiting for the end each time.
void Set::end(const std::string& name, pid_t pid)
{
    const std::array requests = {std::pair{name == "nginx" ? SIGQUIT : SIGTERM, pid}, std::pair{SIGTERM, pid},
                                 std::pair{SIGKILL, -pid}};
    constexpr int patience = 4'000; // milliseconds
    constexpr int pause = 20;
    for (const auto& [signal, whom] : requests) {
        ::kill(whom, signal);
        for (int waited = 0; waited < patience; waited += pause) {
            if (::waitpid(pid, nullptr, WNOHANG) != 0) {
                ::kill(-pid, SIGKILL);
                return;
            }
            m_signals.next(pause); // the child's death ends the pause
        }
    }
}

void Set::stop()
{
    // nginx takes no more requests, the functions finish theirs, Redis writes its last bytes: nginx first, Redis last.
    std::ranges::sort(m_running, {}, [](const auto& pair) {
        return pair.first == "nginx" ? 0 : pair.first == "redis" ? 2 : 1;
    });
    for (const auto& [name, pid] : m_running)
        end(name, pid);
    m_running.clear();
}

} // namespace stile::run
