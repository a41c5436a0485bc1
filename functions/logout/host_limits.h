// Which deliveries may begin now, so that a slow client delays no other's: few at a time to each host, and hardly any to a
// host that has let several run into the time limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stile::logout {

// For one process. Not thread-safe. Times are monotonic milliseconds.
class HostLimits {
public:
    static constexpr std::size_t most = 64; // deliveries under way in the process
    // To one host. A client has one URI and so one host: none has more than a sixteenth of the deliveries.
    static constexpr std::size_t most_per_host = 4;
    static constexpr int timeouts_to_suspend = 3; // in a row
    static constexpr std::int64_t probe_pause = 60'000; // between deliveries to a suspended host

    bool has_room() const { return m_under_way < most; }

    // A host is what a URI names between "//" and the path, with its port.
    static std::string host_of(std::string_view uri);

    // now: it may begin, and counts as under way until end(). later: the host has enough of them. suspended: the host does
    // not answer in time, and the next delivery to it is due later than now.
    enum class Admission { now, later, suspended };
    Admission begin(const std::string& client_id, const std::string& host, std::int64_t now);

    enum class Outcome { answered, timed_out, failed }; // failed: at once, such as a refused connection
    void end(const std::string& host, Outcome outcome, std::int64_t now);

    // The clients, of those that begin() was asked about, whose host has enough deliveries under way.
    std::vector<std::string> busy_clients() const;

private:
    struct Host {
        std::size_t under_way = 0;
        int timeouts = 0; // in a row
        std::int64_t probe_at = 0; // suspended: when the next delivery may begin
    };

    std::map<std::string, Host> m_hosts; // with deliveries under way, or time-outs
    std::map<std::string, std::string> m_host_of_client;
    std::size_t m_under_way = 0;
};

} // namespace stile::logout
