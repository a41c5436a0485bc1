#include "functions/run/process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <iostream>

namespace stile::run {

namespace {

constexpr int passed_descriptor = 3; // sd_listen_fds(3)

void redirect(int descriptor, const char* path, int flags)
{
    const int opened = ::open(path, flags | O_CLOEXEC, 0600);
    if (opened < 0)
        ::_exit(126);
    ::dup2(opened, descriptor); // the copy is not closed on exec
}

// A descriptor with the text for the standard input, or -1. In memory: a secret must not be written to a file.
int input_of(const Command& command)
{
    if (command.input.empty())
        return -1;
    const int descriptor = ::memfd_create("input", MFD_CLOEXEC);
    [[maybe_unused]] const auto written = ::write(descriptor, command.input.data(), command.input.size());
    ::lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}

[[noreturn]] void become(const Command& command, pid_t parent, int input)
{
    // With a new group, Ctrl-C reaches only the parent, which then ends its children in order.
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) // the parent died before prctl
        ::_exit(1);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (!command.log.empty()) {
        redirect(STDOUT_FILENO, command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND);
        redirect(STDERR_FILENO, command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND);
    }
    if (input >= 0)
        ::dup2(input, STDIN_FILENO);
    else
        redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
    if (command.listening >= 0) {
        // dup2 onto itself would keep close-on-exec.
        if (command.listening == passed_descriptor)
            ::fcntl(passed_descriptor, F_SETFD, 0);
        else
            ::dup2(command.listening, passed_descriptor);
        ::setenv("LISTEN_FDS", "1", 1);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    }
    for (const auto& [name, value] : command.environment)
        ::setenv(name.c_str(), value.c_str(), 1);
    std::vector<char*> arguments;
    arguments.reserve(command.arguments.size() + 1);
    for (const auto& argument : command.arguments)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    std::cerr << "stile: cannot start " << command.arguments[0] << ": " << std::strerror(errno) << '\n';
    ::_exit(127);
}

} // namespace

pid_t start(const Command& command)
{
    const pid_t parent = ::getpid();
    const int input = input_of(command);
    const pid_t child = ::fork();
    if (child == 0)
        become(command, parent, input);
    if (input >= 0)
        ::close(input);
    return child;
}

int run_to_end(const Command& command)
{
    int status = 0;
    ::waitpid(start(command), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace stile::run
