#include "tests/support/program.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace stile::test {

namespace {

std::string whole_content(int descriptor)
{
    std::string content(static_cast<std::size_t>(::lseek(descriptor, 0, SEEK_END)), '\0');
    [[maybe_unused]] const auto got = ::pread(descriptor, content.data(), content.size(), 0);
    return content;
}

int memory_file(const std::string& content = "")
{
    const int descriptor = ::memfd_create("stile-test", MFD_CLOEXEC);
    [[maybe_unused]] const auto written = ::write(descriptor, content.data(), content.size());
    ::lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}

} // namespace

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

std::vector<std::string> plain_environment()
{
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry)
        if (!std::string_view(*entry).starts_with("STILE_"))
            result.emplace_back(*entry);
    return result;
}

int exit_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Ran run_program(std::vector<std::string> arguments, std::vector<std::string> environment, const std::string& input)
{
    const int in = memory_file(input);
    const int out = memory_file();
    const int err = memory_file();
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    pid_t pid = -1;
    int status = 0;
    if (::posix_spawn(&pid, arguments[0].c_str(), &actions, nullptr, pointers(arguments).data(),
                      pointers(environment).data())
        != 0)
        throw std::runtime_error("cannot start " + arguments[0]);
    ::waitpid(pid, &status, 0);
    ::posix_spawn_file_actions_destroy(&actions);
    Ran ran = {exit_status(status), whole_content(out), whole_content(err)};
    for (const int descriptor : {in, out, err})
        ::close(descriptor);
    return ran;
}

std::string read_file(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

bool eventually(const std::function<bool()>& condition, int seconds)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

} // namespace stile::test
