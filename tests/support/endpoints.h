// The list of endpoints, as the Makefile has it: each folder functions/NAME with a main.cpp, except the two commands
// and what works for logout.
// Read from the sources, so the test must run in the root of the repository.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace stile::test {

// The names, sorted: "authorize", "consent" …
inline std::vector<std::string> endpoints()
{
    std::vector<std::string> names;
    for (const auto& folder : std::filesystem::directory_iterator("functions")) {
        const auto name = folder.path().filename().string();
        if (name != "stile" && name != "run" && name != "deliver"
            && std::filesystem::exists(folder.path() / "main.cpp"))
            names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

} // namespace stile::test
