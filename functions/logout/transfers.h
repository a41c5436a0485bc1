// HTTP requests to clients, many at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace stile::logout {

class Transfers {
public:
    Transfers(); // call it before other threads are started
    ~Transfers(); // aborts the requests under way
    Transfers(const Transfers&) = delete;
    Transfers& operator=(const Transfers&) = delete;

    static constexpr std::chrono::milliseconds patience{5'000}; // from connecting to the answer

    // Posts a form. Follows no redirects, verifies https certificates, and reads only the status of the response.
    void begin(std::size_t id, const std::string& uri, const std::string& form);

    struct Ended {
        std::size_t id;
        long status; // HTTP status; 0: there was no response
        bool timed_out = false;
    };
    // The requests that have ended since the last call. Waits for one to end, for wake(), or for `most`.
    std::vector<Ended> wait(std::chrono::milliseconds most);

    std::size_t under_way() const;

    void wake(); // thread-safe

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace stile::logout
