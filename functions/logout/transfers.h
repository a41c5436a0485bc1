// Has logout tokens delivered by stile-deliver: this process, which has a key and rights in Redis, talks to no client itself.
#pragma once

#include "shared/base/delivery.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace stile::logout {

// For one thread, except wake().
class Transfers {
public:
    Transfers();
    ~Transfers(); // aborts the deliveries under way
    Transfers(const Transfers&) = delete;
    Transfers& operator=(const Transfers&) = delete;

    // `socket`: where a stile-deliver listens; empty: the program beside this one is started. `networks`: the special ones
    // that it may send to (Settings::logout_networks). Call it before begin().
    void set_up(std::string socket, std::string networks);

    // Longer than a delivery may take. If stile-deliver is silent for so long, its deliveries have failed.
    static constexpr std::chrono::milliseconds patience = delivery_patience + std::chrono::seconds(2);

    void begin(DeliveryOrder order); // if there is no stile-deliver, it fails

    // Those that have ended since the last call. Waits for one to end, for wake(), or for `most`.
    std::vector<DeliveryResult> wait(std::chrono::milliseconds most);

    std::size_t under_way() const { return m_begun.size(); }
    // Why there is no stile-deliver, told once; otherwise empty.
    std::string take_problem() { return std::exchange(m_problem, {}); }

    void wake(); // thread-safe

private:
    bool connect();
    bool start_program();
    void disconnect(std::string problem); // what was under way has failed
    void receive(std::vector<DeliveryResult>& ended);

    std::string m_path;
    std::string m_networks;
    int m_wakes = -1; // eventfd(2)
    int m_socket = -1;
    pid_t m_child = 0; // 0: none
    std::map<std::size_t, std::chrono::steady_clock::time_point> m_begun; // under way, by id
    std::vector<DeliveryResult> m_failed; // to be returned by wait()
    std::string m_problem;
};

} // namespace stile::logout
