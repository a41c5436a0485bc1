// Running a program to its end, and waiting for what happens elsewhere.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace stile::test {

struct Ran {
    int status = -1; // exit status; 128 + n when signal n ended it
    std::string output;
    std::string errors;
};

// Runs a program to its end; `environment` is all that it gets.
Ran run_program(std::vector<std::string> arguments, std::vector<std::string> environment, const std::string& input);

// Our own environment without STILE_*: a test states its settings.
std::vector<std::string> plain_environment();

// For exec and spawn: pointers to the texts, and a null pointer.
std::vector<char*> pointers(std::vector<std::string>& texts);

// Of a status that waitpid(2) gave: as Ran has it.
int exit_status(int status);

// Polls until `condition` holds; false when it does not within the bound (seconds).
bool eventually(const std::function<bool()>& condition, int seconds = 20);

std::string read_file(const std::string& path);

} // namespace stile::test
