// The commands that Redis executes, as MONITOR shows them: those of clients and those of Lua functions.
#pragma once

#include "tests/store/store.h"

#include <string>
#include <vector>

namespace stile {

class Monitor {
public:
    Monitor(); // records from now on
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    struct Command {
        bool is_from_script;
        std::vector<std::string> words;
    };

    // All commands since the beginning, except those of this object.
    std::vector<Command> commands(Store& store) const;

private:
    std::string read_until(const std::string& mark) const;

    int m_socket;
};

} // namespace stile
