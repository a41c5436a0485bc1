#include "functions/demo/client/sessions.h"

#include "shared/crypto/digest.h"

#include <algorithm>

namespace stile::demo {

Turns::Turn Turns::take(Loop& loop)
{
    if (std::exchange(m_is_taken, true)) {
        Gate called(loop);
        m_waiting.push_back(&called);
        called.wait();
    }
    return Turn(*this);
}

void Turns::give_back()
{
    m_is_taken = !m_waiting.empty();
    if (m_is_taken) {
        m_waiting.front()->open();
        m_waiting.pop_front();
    }
}

namespace {

constexpr std::size_t secret_length = 43; // 256 bits of base62
constexpr std::size_t max_pending = 8;

} // namespace

std::shared_ptr<Browser> Sessions::find(std::string_view cookie)
{
    const auto found = m_entries.find(sha256(cookie));
    if (found == m_entries.end())
        return nullptr;
    if (m_clock.now() - found->second.seen_at >= lifetime) {
        m_entries.erase(found);
        return nullptr;
    }
    found->second.seen_at = m_clock.now();
    return found->second.browser;
}

void Sessions::make_room()
{
    std::erase_if(m_entries, [&](const auto& pair) { return m_clock.now() - pair.second.seen_at >= lifetime; });
    if (m_entries.size() >= max_browsers)
        m_entries.erase(std::ranges::min_element(m_entries, {}, [](const auto& pair) { return pair.second.seen_at; }));
}

std::string Sessions::add(std::shared_ptr<Browser> browser)
{
    auto cookie = m_random.base62(secret_length);
    make_room();
    m_entries.emplace(sha256(cookie), Entry{std::move(browser), m_clock.now()});
    return cookie;
}

void Sessions::remove(std::string_view cookie)
{
    m_entries.erase(sha256(cookie));
}

std::shared_ptr<Browser> new_browser(Random& random)
{
    auto browser = std::make_shared<Browser>();
    browser->csrf_token = random.base62(secret_length);
    return browser;
}

void add_pending(Browser& browser, PendingLogin login)
{
    if (browser.pending.size() == max_pending)
        browser.pending.erase(browser.pending.begin());
    browser.pending.push_back(std::move(login));
}

std::optional<PendingLogin> take_pending(Browser& browser, std::string_view state)
{
    const auto found = std::ranges::find_if(
        browser.pending, [&](const PendingLogin& login) { return equal_in_constant_time(login.state, state); });
    if (found == browser.pending.end())
        return std::nullopt;
    auto login = std::move(*found);
    browser.pending.erase(found);
    return login;
}

} // namespace stile::demo
