// One thread takes the due notices from Redis, signs a logout token for each, and has it posted (transfers.h). It finds
// those of other processes and of the admin command within seconds. A process that takes a notice gets a lease on it
// that is longer than a request may take. If the process dies, another one takes the notice when the lease has ended. A
// client that is slow delays only its own notices (host_limits.h).
#include "functions/logout/backchannel.h"

#include "functions/logout/host_limits.h"
#include "functions/logout/transfers.h"
#include "shared/http/form.h"
#include "shared/oauth/logout_token.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <variant>

namespace stile::logout {

namespace {

using std::chrono::milliseconds;
static_assert(Transfers::patience < milliseconds(LogoutNotices::lease));

constexpr int early_report = 3; // logout_undelivered is recorded after this attempt, 12 seconds after the first
constexpr milliseconds longest_pause{1'000}; // other processes add notices, too: an idle one asks Redis once a second

class Backchannel final : public BackgroundTask {
public:
    void run(Context& context) override;
    void stop() override;
    void wake() override { m_transfers.wake(); }
    bool is_busy() const override { return m_is_busy; }

private:
    using Taken = LogoutNotices::Taken;

    Result<milliseconds> begin_due(Context& context);
    Result<void> begin(Taken taken, Context& context);
    Result<void> conclude(const DeliveryResult& ended, Context& context);
    static Result<void> fail(const Taken& taken, const Client& client, Word reason, Context& context);

    struct Sent {
        Taken taken;
        std::shared_ptr<const Client> client;
        std::string host;
    };
    Transfers m_transfers;
    HostLimits m_limits;
    std::map<std::size_t, Sent> m_sent;
    std::size_t m_next_id = 0;
    std::atomic<bool> m_stops = false;
    std::atomic<bool> m_is_busy = false;
};

std::int64_t now_in_milliseconds(const Context& context)
{
    return context.clock.now() * 1000;
}

void record(EventName name, const LogoutNotices::Taken& taken, const Client& client, Word reason, Context& context)
{
    context.audit.record(Request(), {.name = name,
                                     .client = client,
                                     .user = Person::by_subject(taken.notice.subject),
                                     .count = static_cast<std::size_t>(taken.attempt),
                                     .reason = reason});
}

void Backchannel::stop()
{
    m_stops = true;
    m_transfers.wake();
}

void Backchannel::run(Context& context)
{
    m_transfers.set_up(context.settings.deliver_socket, context.settings.logout_networks);
    while (!m_stops) {
        const auto pause = begin_due(context); // if Redis is unavailable, the requests under way continue
        if (const auto problem = m_transfers.take_problem(); !problem.empty())
            context.log.warning("logout tokens cannot be sent", {{"detail", problem}});
        for (const auto& ended : m_transfers.wait(pause.value_or(longest_pause)))
            if (const auto noted = conclude(ended, context);
                !noted) // the notice is taken again when its lease has ended
                context.log.warning("logout notification was not updated", {{"detail", noted.error().detail}});
    }
}

// Starts all due deliveries, up to the limit. Returns the time until the next one is due.
Result<milliseconds> Backchannel::begin_due(Context& context)
{
    while (m_limits.has_room()) {
        auto answer = TRY(context.logout_notices.take(now_in_milliseconds(context), m_limits.busy_clients()));
        if (const auto* next = std::get_if<LogoutNotices::Next>(&answer)) {
            m_is_busy = next->due.has_value() || m_transfers.under_way() > 0;
            if (!next->due || *next->due <= now_in_milliseconds(context)) // all that are due wait for the end of others
                return longest_pause;
            return std::min(milliseconds(*next->due - now_in_milliseconds(context)), longest_pause);
        }
        m_is_busy = true;
        TRY(begin(std::move(std::get<Taken>(answer)), context));
    }
    return longest_pause;
}

Result<void> Backchannel::begin(Taken taken, Context& context)
{
    auto client = TRY(context.clients.find(taken.notice.client_id));
    if (!client || client->backchannel_logout_uri.empty()) // the client no longer wants notices
        return context.logout_notices.done(taken);
    auto host = HostLimits::host_of(client->backchannel_logout_uri);
    const auto key =
        context.key_ring.signer(client->id_token_signed_response_alg, context.signing_keys, KeyPurpose::logout);
    if (!key)
        return fail(taken, *client, "no_key", context);
    const auto& notice = taken.notice;
    const auto token = sign_logout_token(
        {context.settings.issuer, notice.subject, notice.client_id, notice.id, notice.sid, context.clock.now()}, **key);
    if (!token)
        return fail(taken, *client, "too_large", context);
    switch (m_limits.begin(notice.client_id, host, context.clock.monotonic_milliseconds())) {
    case HostLimits::Admission::later: return context.logout_notices.put_back(taken, now_in_milliseconds(context));
    case HostLimits::Admission::suspended: return fail(taken, *client, "unreachable", context);
    case HostLimits::Admission::now: break;
    }
    m_transfers.begin({m_next_id, client->backchannel_logout_uri, "logout_token=" + encode_form_value(*token)});
    m_sent.emplace(m_next_id++, Sent{std::move(taken), std::move(client), std::move(host)});
    return {};
}

Result<void> Backchannel::conclude(const DeliveryResult& ended, Context& context)
{
    const auto sent = m_sent.extract(ended.id).mapped();
    m_limits.end(sent.host,
                 ended.timed_out     ? HostLimits::Outcome::timed_out
                 : ended.status == 0 ? HostLimits::Outcome::failed
                                     : HostLimits::Outcome::answered,
                 context.clock.monotonic_milliseconds());
    if (ended.status != 200 && ended.status != 204) // Back-Channel Logout §2.8
        return fail(sent.taken, *sent.client, ended.status == 0 ? Word("unreachable") : Word("refused"), context);
    record(EventName::logout_delivered, sent.taken, *sent.client, "", context);
    return context.logout_notices.done(sent.taken);
}

Result<void> Backchannel::fail(const Taken& taken, const Client& client, Word reason, Context& context)
{
    if (taken.is_last || taken.attempt == early_report)
        record(EventName::logout_undelivered, taken, client, reason, context);
    return taken.is_last ? context.logout_notices.done(taken)
                         : context.logout_notices.postpone(taken, now_in_milliseconds(context));
}

} // namespace

std::unique_ptr<BackgroundTask> make_backchannel()
{
    return std::make_unique<Backchannel>();
}

} // namespace stile::logout
