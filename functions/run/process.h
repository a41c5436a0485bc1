// Starting child processes. Each runs in a new process group and ends when this process ends.
#pragma once

#include <csignal>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace stile::run {

using Words = std::vector<std::string>;

struct Command {
    std::string name; // for messages: "token"
    Words arguments; // [0] is the program, looked up in PATH
    int listening = -1; // a listening socket to pass as systemd does (sd_listen_fds(3)); -1: none
    std::string log; // file for stdout and stderr; empty: those of this process
    std::vector<std::pair<std::string, std::string>> environment; // added to that of this process
    std::string input{}; // text on its standard input
    int end_signal = SIGTERM; // asks it to end after its current work
};

// Starts a command and returns its process id. The kernel sends it SIGTERM when this process dies, even by SIGKILL.
pid_t start(const Command& command);

// Runs a command, waits for its end and returns its exit status; 128 + n when signal n ended it.
int run_to_end(const Command& command);

} // namespace stile::run
