// Checks that only the process itself can make; the others are in tests/run/test_process_state.py.
#include "shared/base/process.h"

#include "tests/support/catch.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// The exit status of a child that runs `body`.
template <typename Body>
int in_child(Body body)
{
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

TEST_CASE("STILE-process-8 a hardened process is not dumpable: only root can read its memory or trace it")
{
    CHECK(in_child([] { return ::prctl(PR_GET_DUMPABLE); }) == 1);
    CHECK(in_child([] {
              stile::harden_process();
              return ::prctl(PR_GET_DUMPABLE);
          })
          == 0);
}

TEST_CASE("STILE-process-8 a process that has changed its user is not dumpable")
{
    if (::geteuid() != 0) {
        CHECK_FALSE(stile::become_user("root"));
        return;
    }
    CHECK(in_child([] {
              stile::harden_process();
              return stile::become_user("nobody") ? ::prctl(PR_GET_DUMPABLE) : 77;
          })
          == 0);
}
