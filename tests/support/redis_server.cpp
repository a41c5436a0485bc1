#include "tests/support/redis_server.h"

#include "shared/store/connection.h"
#include "shared/store/users_acl.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stile {

namespace {

using namespace std::chrono_literals;

std::filesystem::path fresh_folder()
{
    std::string name = (std::filesystem::temp_directory_path() / "stile-redis-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a folder for Redis: " + name);
    return name;
}

std::string content_of(const std::filesystem::path& file)
{
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

std::string with_names_as_passwords(std::string users_acl)
{
    for (auto at = users_acl.find("#@"); at != std::string::npos; at = users_acl.find("#@", at)) {
        users_acl.replace(at, 2, ">");
        users_acl.erase(users_acl.find('@', at), 1);
    }
    return users_acl;
}

[[noreturn]] void become(const std::vector<char*>& arguments, pid_t parent)
{
    // A test that crashes must not leave a server behind.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() == parent)
        ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
}

} // namespace

RedisServer::RedisServer(std::vector<std::string> options) : m_folder(fresh_folder()), m_options(std::move(options))
{
    m_address.socket = m_folder / "redis.sock";
    m_address.timeout_milliseconds = 10'000; // patient: the machine may be slow
    // As serve() does: a command on a connection that has just been cut must not end the process.
    std::signal(SIGPIPE, SIG_IGN);
    std::ofstream(m_folder / "users.acl") << with_names_as_passwords(std::string(users_acl()));
    start();
}

RedisServer::~RedisServer()
{
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(m_folder, ignored);
}

void RedisServer::start()
{
    const auto log = m_folder / "redis.log";
    std::vector<std::string> words = {
        redis_program(), "redis/redis.conf", "--port",    "0", "--unixsocket", m_address.socket,
        "--dir",         m_folder,           "--logfile", log, "--aclfile",    m_folder / "users.acl"};
    words.insert(words.end(), m_options.begin(), m_options.end());
    // Created before the fork: the child of a process with threads may do little more than exec.
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);

    const pid_t parent = ::getpid();
    m_process = ::fork();
    if (m_process < 0)
        throw std::runtime_error("cannot fork");
    if (m_process == 0)
        become(arguments, parent);

    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!answers()) {
        const bool has_ended = ::waitpid(m_process, nullptr, WNOHANG) == m_process;
        if (has_ended)
            m_process = -1;
        if (has_ended || std::chrono::steady_clock::now() > deadline)
            throw std::runtime_error(redis_program() + " does not start:\n" + content_of(log));
        std::this_thread::sleep_for(5ms);
    }
}

RedisAddress RedisServer::address(const std::string& user) const
{
    auto address = m_address;
    address.user = user;
    address.password = Secret(user);
    return address;
}

bool RedisServer::answers() const
{
    const SystemClock clock;
    return Connection(address(), clock).command({"PING"}).has_value();
}

void RedisServer::kill()
{
    if (m_process < 0)
        return;
    ::kill(m_process, SIGKILL);
    ::waitpid(m_process, nullptr, 0);
    m_process = -1;
}

void RedisServer::restart()
{
    kill();
    start();
}

void RedisServer::pause()
{
    ::kill(m_process, SIGSTOP);
    ::waitpid(m_process, nullptr, WUNTRACED); // until it has really stopped
}

void RedisServer::resume()
{
    ::kill(m_process, SIGCONT);
}

RedisServer& redis_server()
{
    static RedisServer server;
    return server;
}

std::string redis_program()
{
    const char* program = std::getenv("STILE_TEST_REDIS");
    return program != nullptr ? program : "redis-server";
}

std::string redis_process()
{
    return std::filesystem::path(redis_program()).filename().string().substr(0, 15); // the kernel keeps no more
}

} // namespace stile
