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
    if (program.contains('/'))
        return ::access(program.c_str(), X_OK) == 0;
    const auto path = process_environment("PATH").value_or("");
    return std::ranges::any_of(split(path, ':'), [&](std::string_view folder) {
        return ::access((std::string(folder) + "/" + program).c_str(), X_OK) == 0;
    });
}

std::string package_of(const std::string& program)
{
    const auto name = std::filesystem::path(program).filename().string();
    return name == "nginx" ? name : name.starts_with("valkey") ? "valkey-server (since Debian 13)" : "redis-server";
}

} // namespace stile::run
