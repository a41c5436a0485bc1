#include "tests/fuzz/support/redis_script.h"

#include "shared/base/text.h"
#include "shared/fastcgi/listen.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <sys/socket.h>
#include <unistd.h>

namespace stile::fuzz {

namespace {

std::string bulk(std::string_view text)
{
    return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

std::string element(std::string_view text)
{
    if (text.starts_with(':'))
        return ":" + std::to_string(parse_number<std::int64_t>(text.substr(1)).value_or(0)) + "\r\n";
    return bulk(text);
}

// A line of the script as RESP.
std::string reply(std::string_view line)
{
    if (line.starts_with('*')) {
        const auto elements = split(line.substr(1), '|');
        std::string text = "*" + std::to_string(elements.size()) + "\r\n";
        for (const auto one : elements)
            text += element(one);
        return text;
    }
    if (line.starts_with('-'))
        return std::string(line) + "\r\n";
    if (line.starts_with('_'))
        return "$-1\r\n";
    return line.starts_with('$') ? bulk(line.substr(1)) : element(line);
}

} // namespace

ScriptedRedis::ScriptedRedis()
{
    std::signal(SIGPIPE, SIG_IGN);
    m_folder = (std::filesystem::temp_directory_path() / "stile-fuzz-XXXXXX").string();
    if (::mkdtemp(m_folder.data()) == nullptr)
        std::abort();
    m_address.socket = m_folder + "/redis.sock";
    m_address.timeout_milliseconds = 60'000;
    m_listening = listen_on_path(m_address.socket).value();
    // Each new connection needs the name, so it is removed only at the end of the process.
    m_thread = std::jthread([this] { serve(); });
}

ScriptedRedis::~ScriptedRedis()
{
    ::shutdown(m_listening, SHUT_RDWR);
    m_thread.join();
    ::close(m_listening);
    std::error_code ignored;
    std::filesystem::remove_all(m_folder, ignored);
}

void ScriptedRedis::script(std::string_view replies)
{
    std::string text = "*2\r\n" + bulk("1700000000") + bulk("0");
    for (const auto line : split(replies, '\n'))
        text += reply(line);
    const std::lock_guard lock(m_mutex);
    m_replies = std::move(text);
}

// Replies are ready before they are requested, which a client of the protocol cannot tell from quick replies.
void ScriptedRedis::serve()
{
    for (int connection = ::accept(m_listening, nullptr, nullptr); connection >= 0;
         connection = ::accept(m_listening, nullptr, nullptr)) {
        std::string replies;
        {
            const std::lock_guard lock(m_mutex);
            replies = m_replies;
        }
        [[maybe_unused]] const auto sent = ::send(connection, replies.data(), replies.size(), MSG_NOSIGNAL);
        ::shutdown(connection, SHUT_WR);
        char ignored[4096];
        while (::read(connection, ignored, sizeof ignored) > 0) {}
        ::close(connection);
    }
}

} // namespace stile::fuzz
