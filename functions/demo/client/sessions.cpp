#include "functions/demo/client/sessions.h"

#include "shared/crypto/digest.h"

#include <algorithm>

namespace stile::demo {

namespace {

constexpr std::size_t secret_length = 43; // 256 bits of base62
constexpr std::size_t max_pending = 8;

} // namespace

std::shared_ptr<Browser> Sessions::find(std::string_view cookie)
{
    const std::lock_guard lock(m_mutex);
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
    const std::lock_guard lock(m_mutex);
    make_room();
    m_entries.emplace(sha256(cookie), Entry{std::move(browser), m_clock.now()});
    return cookie;
}

void Sessions::remove(std::string_view cookie)
{
    const std::lock_guard lock(m_mutex);
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
