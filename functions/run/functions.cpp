// functions/*/main.cpp is the list of the programs; the Makefile makes its own from the same files. Programs that lie beside
// this one are not the list: a build folder keeps those of functions that another branch had.
#include "functions/run/functions.h"

#include "shared/fastcgi/listen.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

namespace stile::run {

namespace fs = std::filesystem;

std::vector<std::string> function_names(const std::string& root)
{
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(fs::path(root) / "functions", error)) {
        auto name = entry.path().filename().string();
        if (name != "run" && name != "stile" && name != "deliver" && fs::exists(entry.path() / "main.cpp"))
            names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
}

Expected<Command, std::string> function_command(const std::string& name, const std::string& programs,
                                                const RunFolder& folder)
{
    Command command;
    command.name = name;
    command.arguments = {programs + "/stile-" + name};
    const auto socket = folder.file(name + ".sock");
    command.listening = TRY(listen_on_path(socket));
    ::chmod(socket.c_str(),
            0666); // the folder is closed to other users; nginx's workers can be another user than its owner
    command.log = folder.file("log/functions.log");
    return command;
}

} // namespace stile::run
