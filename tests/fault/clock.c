// LD_PRELOAD: a clock of the wall that is off by as many seconds as the file CLOCK says (a long, which may change at any
// time). The monotonic clocks are off by the next long, if there is one. Plain system calls and no memory: Redis's
// allocator asks for the time, too.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long* offset;

__attribute__((constructor)) static void begin(void)
{
    const int file = open(getenv("CLOCK"), O_RDONLY | O_CLOEXEC);
    void* const page = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    offset = page == MAP_FAILED ? NULL : page;
    close(file);
}

int clock_gettime(clockid_t which, struct timespec* now)
{
    const int status = (int)syscall(SYS_clock_gettime, which, now);
    if (offset != NULL && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        now->tv_sec += offset[0];
    else if (offset != NULL && (which == CLOCK_MONOTONIC || which == CLOCK_MONOTONIC_COARSE))
        now->tv_sec += offset[1]; // zero behind the end of the file
    return status;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone)
{
    (void)zone;
    struct timespec precise;
    const int status = clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return status;
}

time_t time(time_t* copy)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (copy != NULL)
        *copy = now.tv_sec;
    return now.tv_sec;
}
