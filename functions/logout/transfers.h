// Requests to clients that are under way, many at a time: one that is slow keeps no other waiting.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace stile::logout {

class Transfers {
public:
    Transfers(); // before there are threads
    ~Transfers(); // ends what is under way
    Transfers(const Transfers&) = delete;
    Transfers& operator=(const Transfers&) = delete;

    static constexpr std::chrono::milliseconds patience{5'000}; // from connecting to the answer

    // Posts a form. No redirect is followed; of the answer only the status counts; https is verified.
    void begin(std::size_t id, const std::string& uri, const std::string& form);

    struct Ended {
        std::size_t id;
        long status; // 0: no answer came
    };
    // Those that have ended since this was asked last; waits for the first of them, for wake(), or for so long.
    std::vector<Ended> wait(std::chrono::milliseconds most);

    std::size_t under_way() const;

    void wake(); // thread-safe

private:
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace stile::logout
