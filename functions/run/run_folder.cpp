#include "functions/run/run_folder.h"

#include "functions/run/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace stile::run {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_path_length = 80; // the path of a unix socket has at most 107 bytes (sockaddr_un)

} // namespace

// The path is written into nginx's configuration and, unquoted, into commands that a person copies.
Expected<void, std::string> RunFolder::check_path() const
{
    if (m_path.find_first_of(" \t\n;{}'\"\\$#") != std::string::npos)
        return std::unexpected("RUN_DIR must not contain spaces, quotes or any of ; { } \\ $ #: " + m_path);
    if (m_path.size() > max_path_length)
        return std::unexpected("RUN_DIR is longer than 80 bytes, which is too long for unix sockets: " + m_path);
    return {};
}

Expected<void, std::string> RunFolder::check_owner() const
{
    struct stat status{};
    if (::stat(m_path.c_str(), &status) != 0)
        return {};
    // Its owner could replace the settings and the certificate authority.
    if (status.st_uid != ::geteuid())
        return std::unexpected("RUN_DIR belongs to another user: " + m_path);
    // A folder with other files is not closed to the users who need them.
    std::error_code error;
    const bool is_closed = (status.st_mode & 077) == 0;
    if (!is_closed && !fs::is_empty(m_path, error))
        return std::unexpected("RUN_DIR must be a new or empty folder, or one of an earlier run: " + m_path);
    return {};
}

Expected<void, std::string> RunFolder::lock() const
{
    const int descriptor = ::open(file("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return std::unexpected("cannot write in RUN_DIR " + m_path);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) // held until this process ends
        return std::unexpected(
            "RUN_DIR " + m_path
            + " is in use by another make run; choose another: make run PORT=8001 RUN_DIR=build/second");
    return {};
}

Expected<void, std::string> RunFolder::prepare() const
{
    TRY(check_path());
    TRY(check_owner());
    std::error_code error;
    for (const auto& folder : {m_path, file("redis"), file("log"), file("tmp"), file("www"), file("metrics")}) {
        fs::create_directories(folder, error);
        if (error)
            return std::unexpected("cannot make " + folder + ": " + error.message());
    }
    fs::permissions(m_path, fs::perms::owner_all, error);
    if (error)
        return std::unexpected("cannot close " + m_path + " to other users: " + error.message());
    return lock();
}

Expected<void, std::string> RunFolder::write(const std::string& name, const std::string& content) const
{
    if (!write_file(file(name), content))
        return std::unexpected("cannot write in RUN_DIR " + m_path);
    return {};
}

Expected<void, std::string> RunFolder::write_private(const std::string& name, const std::string& content) const
{
    if (!write_private_file(file(name), content))
        return std::unexpected("cannot write in RUN_DIR " + m_path);
    return {};
}

} // namespace stile::run
