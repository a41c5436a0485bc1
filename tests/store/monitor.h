// What Redis carries out, as MONITOR shows it: the commands of clients and, besides, those of Lua functions.
#pragma once

#include "tests/store/store.h"

#include <string>
#include <vector>

namespace stile {

class Monitor {
public:
    Monitor(); // from here on
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    struct Command {
        bool is_from_script;
        std::vector<std::string> words;
    };

    // All since the beginning but what asks for them here.
    std::vector<Command> commands(Store& store) const;

private:
    std::string read_until(const std::string& mark) const;

    int m_socket;
};

} // namespace stile
