#include "functions/logout/host_limits.h"

namespace stile::logout {

std::string HostLimits::host_of(std::string_view uri)
{
    const auto scheme = uri.find("//");
    const auto begin = scheme == std::string_view::npos ? 0 : scheme + 2;
    return std::string(uri.substr(begin, uri.find_first_of("/?#", begin) - begin));
}

HostLimits::Admission HostLimits::begin(const std::string& client_id, const std::string& host, std::int64_t now)
{
    m_host_of_client[client_id] = host;
    auto& state = m_hosts[host];
    if (state.under_way >= most_per_host)
        return Admission::later;
    if (state.timeouts >= timeouts_to_suspend) {
        if (now < state.probe_at)
            return Admission::suspended;
        state.probe_at = now + probe_pause; // this one is the probe; the pause begins anew when it ends
    }
    ++state.under_way;
    ++m_under_way;
    return Admission::now;
}

void HostLimits::end(const std::string& host, Outcome outcome, std::int64_t now)
{
    auto& state = m_hosts[host];
    --state.under_way;
    --m_under_way;
    if (outcome == Outcome::timed_out && ++state.timeouts >= timeouts_to_suspend)
        state.probe_at = now + probe_pause;
    if (outcome == Outcome::answered)
        state.timeouts = 0;
    if (state.under_way == 0 && state.timeouts == 0) {
        m_hosts.erase(host);
        std::erase_if(m_host_of_client, [&](const auto& entry) { return entry.second == host; });
    }
}

std::vector<std::string> HostLimits::busy_clients() const
{
    std::vector<std::string> clients;
    for (const auto& [client, host] : m_host_of_client)
        if (const auto found = m_hosts.find(host); found != m_hosts.end() && found->second.under_way >= most_per_host)
            clients.push_back(client);
    return clients;
}

} // namespace stile::logout
