#include "functions/run/files.h"

#include "shared/base/text.h"
#include "shared/config.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace stile::run {

std::string read_file(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool write_file(const std::filesystem::path& path, const std::string& content)
{
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << content;
    return file.flush().good();
}

bool write_private_file(const std::string& path, const std::string& content)
{
    ::unlink(path.c_str());
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return false;
    const bool written = ::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size());
    return ::close(descriptor) == 0 && written;
}

bool is_program(const std::string& program)
{
    const auto can_run = [](const std::string& path) {
        std::error_code error;
        return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
    };
    if (program.contains('/'))
        return can_run(program);
    const auto path = process_environment("PATH").value_or("");
    return std::ranges::any_of(split(path, ':'), [&](std::string_view folder) {
        return !program.empty() && can_run(std::string(folder) + "/" + program);
    });
}

std::string how_to_get(const std::string& program)
{
    if (program.contains('/'))
        return program + " is not an executable file";
    const bool is_valkey = program.starts_with("valkey");
    const std::string package = program == "nginx" ? "nginx" : is_valkey ? "valkey-server" : "redis-server";
    return program + " is not installed; install its Debian package: apt-get install " + package
           + (is_valkey ? " (Debian 13 or later)" : "");
}

} // namespace stile::run
