#include "shared/base/process.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace stile {

void harden_process()
{
    ::umask(077);
    const rlimit none = {0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

Expected<void, std::string> become_user(const std::string& name)
{
    const bool is_root = ::geteuid() == 0;
    if (name.empty() && is_root)
        return std::unexpected("started as root: name the user to serve as, such as --user www-data");
    if (name.empty())
        return {};
    const passwd* const user = ::getpwnam(name.c_str()); // before other threads exist
    if (user == nullptr)
        return std::unexpected("--user: there is no user " + name);
    if (user->pw_uid == ::geteuid())
        return {};
    if (!is_root)
        return std::unexpected("--user: only root can become " + name);
    const bool done =
        ::initgroups(name.c_str(), user->pw_gid) == 0 && ::setgid(user->pw_gid) == 0 && ::setuid(user->pw_uid) == 0;
    if (!done)
        return std::unexpected("cannot become " + name + ": " + std::strerror(errno));
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // a change of user resets it
    return {};
}

} // namespace stile
