// The threads on which run_aside() computes (loop.h).
#pragma once

namespace stile {

// Sets their number, and ends them. To be made in main(), before all loops, so that it outlives them; once a process.
class HelperThreads {
public:
    // libuv starts the threads at the first run_aside().
    explicit HelperThreads(int count = 4);

    // Waits for their end, so that OpenSSL frees what it keeps for each thread. libuv would end them only after OpenSSL has
    // cleaned up for the end of the process.
    ~HelperThreads();
    HelperThreads(const HelperThreads&) = delete;
    HelperThreads& operator=(const HelperThreads&) = delete;
};

} // namespace stile
