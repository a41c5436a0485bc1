#include "tests/integration/support/stack.h"

#include "tests/integration/support/secrets.h"
#include "tests/support/redis_server.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace stile::test {

namespace fs = std::filesystem;

namespace {

constexpr int start_attempts = 4; // between choosing a free port and using it somebody else may take it
constexpr int start_timeout = 60'000; // milliseconds

// A line of stile.env, "NAME='value'", as an environment has it.
std::string unquoted(const std::string& line)
{
    const auto quote = line.find("='");
    return quote == std::string::npos ? line
                                      : line.substr(0, quote + 1) + line.substr(quote + 2, line.size() - quote - 3);
}

// Name, state and parent of a process; an empty name when there is none.
struct Process {
    pid_t pid = 0;
    std::string name;
    char state = 'X';
    pid_t parent = 0;
};

Process look_at(pid_t pid)
{
    // "12 (na me) S 1 …": the name may hold spaces and brackets.
    const auto line = read_file("/proc/" + std::to_string(pid) + "/stat");
    const auto open = line.find('(');
    const auto close = line.rfind(')');
    if (open == std::string::npos || close == std::string::npos)
        return {};
    Process process = {pid, line.substr(open + 1, close - open - 1)};
    std::istringstream(line.substr(close + 1)) >> process.state >> process.parent;
    return process;
}

std::vector<Process> all_processes()
{
    std::vector<Process> result;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") == std::string::npos)
            if (auto process = look_at(std::stoi(name)); !process.name.empty())
                result.push_back(std::move(process));
    }
    return result;
}

// Reads stile-run's standard output up to the end of a line; empty when it ended or took too long.
std::string read_line(int descriptor)
{
    std::string line;
    pollfd readable = {descriptor, POLLIN, 0};
    while (!line.ends_with('\n')) {
        char c = 0;
        if (::poll(&readable, 1, start_timeout) <= 0 || ::read(descriptor, &c, 1) != 1)
            return {};
        line += c;
    }
    return line;
}

} // namespace

void send_signal(pid_t pid, int signal)
{
    if (pid > 0)
        ::kill(pid, signal);
}

bool is_alive(pid_t pid)
{
    const auto process = look_at(pid);
    return !process.name.empty() && process.state != 'Z' && process.state != 'X';
}

Stack& shared_stack()
{
    static Stack stack(std::vector<Stack::Setting>{{"STILE_LOGIN_TRIES_PER_ADDRESS", "1000000"}});
    return stack;
}

Stack::Stack(const std::vector<Setting>& settings, Limits limits) : m_settings(settings), m_limits(limits)
{
    // build/bin holds the tests beside what they test, build/pages the templates.
    m_programs = fs::read_symlink("/proc/self/exe").parent_path().string();
    m_pages = fs::path(m_programs).parent_path().string() + "/pages";
    std::string folder = "/tmp/stile-test-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr)
        throw std::runtime_error("cannot make a folder in /tmp");
    m_dir = folder;
    start();
}

void Stack::restart()
{
    stop(SIGTERM);
    start();
}

void Stack::start()
{
    for (int attempt = 1; !try_to_start(); ++attempt)
        if (attempt == start_attempts)
            throw std::runtime_error("stile-run does not start: " + read_file(m_dir + "/run.err"));
}

bool Stack::try_to_start()
{
    int out[2];
    if (::pipe2(out, O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    const int err = ::open((m_dir + "/run.err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0600);
    std::vector<std::string> arguments = {m_programs + "/stile-run", "--port",  "0",    "--dir", m_dir, "--redis",
                                          redis_program(),           "--pages", m_pages};
    if (m_limits == Limits::none)
        arguments.insert(arguments.end(), {"--trust", "127.0.0.1", "--trust", "::1"});
    auto environment = plain_environment();
    for (const auto& [name, value] : m_settings)
        environment.push_back(std::string(name).append("=").append(value));
    const auto arguments_pointers = pointers(arguments);
    const auto environment_pointers = pointers(environment);

    const pid_t tester = ::getpid();
    m_pid = ::fork();
    if (m_pid == 0 && err >= 0) {
        // It ends with the tests, whatever ends them. A group of its own: Ctrl-C reaches the tests alone.
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        ::setpgid(0, 0);
        if (::getppid() != tester)
            ::_exit(1);
        ::dup2(out[1], STDOUT_FILENO);
        ::dup2(err, STDERR_FILENO);
        ::execve(arguments_pointers[0], arguments_pointers.data(), environment_pointers.data());
        ::_exit(127);
    }
    ::close(out[1]);
    ::close(err);
    m_ready_line = out[0];
    if (!read_line(m_ready_line).starts_with("Stile is ready on http")) {
        stop(SIGTERM);
        return false;
    }
    // The line tells the issuer, which need not be where nginx listens.
    const auto nginx = read_file(m_dir + "/nginx.conf");
    const std::string listens = "listen 127.0.0.1:";
    const auto at = nginx.find(listens) + listens.size();
    m_base_url = "http://127.0.0.1:" + nginx.substr(at, nginx.find_first_of(" ;", at) - at);
    for (const auto& entry : this->environment())
        if (entry.starts_with("STILE_ISSUER="))
            m_issuer = entry.substr(entry.find('=') + 1);
    return true;
}

Stack::~Stack()
{
    for (const auto& line : stop(SIGTERM).left)
        std::cerr << "still running after the end of stile-run: " << line << '\n';
    check_nothing_leaked(m_dir);
    std::error_code ignored;
    fs::remove_all(m_dir, ignored);
}

Stack::Stopped Stack::stop(int signal)
{
    Stopped stopped;
    if (m_pid <= 0)
        return stopped;
    const auto started = descendants();
    ::kill(m_pid, signal);
    int status = 0;
    if (!eventually([&] { return ::waitpid(m_pid, &status, WNOHANG) == m_pid; }, 30)) {
        stopped.left.push_back("stile-run itself");
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, &status, 0);
    }
    stopped.status = exit_status(status);
    for (const pid_t pid : started) {
        if (!is_alive(pid))
            continue;
        stopped.left.push_back(look_at(pid).name + " " + std::to_string(pid));
        ::kill(pid, SIGKILL);
    }
    ::close(m_ready_line);
    m_pid = -1;
    return stopped;
}

RedisAddress Stack::redis() const
{
    RedisAddress address;
    address.socket = m_dir + "/redis.sock";
    address.user = "operator";
    address.password = Secret(read_file(m_dir + "/operator.password"));
    address.timeout_milliseconds = 5000;
    return address;
}

std::vector<std::string> Stack::environment() const
{
    auto environment = plain_environment();
    std::istringstream lines(read_file(m_dir + "/stile.env"));
    for (std::string line; std::getline(lines, line);)
        environment.push_back(unquoted(line));
    return environment;
}

Ran Stack::admin(const std::vector<std::string>& arguments, const std::string& input) const
{
    std::vector<std::string> command = {m_programs + "/stile"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    auto ran = run_program(std::move(command), environment(), input);
    remember_command(arguments, input, ran.output);
    return ran;
}

std::vector<pid_t> Stack::descendants() const
{
    const auto processes = all_processes();
    std::vector<pid_t> found = {m_pid};
    for (std::size_t i = 0; i < found.size(); ++i)
        for (const auto& process : processes)
            if (process.parent == found[i])
                found.push_back(process.pid);
    found.erase(found.begin());
    return found;
}

pid_t Stack::process(const std::string& name) const
{
    for (const auto& process : all_processes())
        if (process.parent == m_pid && process.name == name && process.state != 'Z')
            return process.pid;
    return 0;
}

pid_t Stack::redis_process() const
{
    return process(stile::redis_process());
}

std::map<std::string, pid_t> Stack::functions() const
{
    std::map<std::string, pid_t> found;
    for (const auto& process : all_processes())
        if (process.parent == m_pid && process.name.starts_with("stile-") && process.state != 'Z')
            found[process.name] = process.pid;
    return found;
}

void Stack::kill_redis() const
{
    const pid_t redis = redis_process();
    send_signal(redis, SIGKILL);
    eventually([&] { return !is_alive(redis); });
}

} // namespace stile::test
