// Child processes of `make run`: started in a group of their own, restarted when they die, ended with their parent.
#pragma once

#include <functional>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace stile::run {

using Words = std::vector<std::string>;

struct Command {
    std::string name; // for messages: "token"
    Words arguments; // [0] is the program, looked up in PATH
    int listening = -1; // a socket to pass on by the protocol of systemd socket activation
    std::string log; // where stdout and stderr go; empty: ours
    std::vector<std::pair<std::string, std::string>> environment; // besides ours, for it alone
    std::string input{}; // its standard input
};

// Starts a command. Each child is told to end when this process dies, whatever kills it.
pid_t start(const Command& command);

// Runs a command to its end and gives its exit status; 128 + n when signal n ended it.
int run_to_end(const Command& command);

// SIGINT, SIGTERM, SIGHUP and SIGCHLD as events of one descriptor, blocked everywhere else.
class Signals {
public:
    Signals();
    // The next signal within `milliseconds` (-1: for ever), or 0.
    int next(int milliseconds) const;

private:
    int m_descriptor;
};

} // namespace stile::run
