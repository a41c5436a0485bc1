#include "tests/fuzz/support/redis_script.h"

#include "shared/base/text.h"
#include "shared/fastcgi/listen.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>

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

// The number of a line such as "*3", and the line is cut off; nothing if it is not whole yet.
std::optional<std::size_t> cut_number(std::string_view& text)
{
    const auto end = text.find("\r\n");
    if (end == std::string_view::npos)
        return std::nullopt;
    const auto number = parse_number<std::size_t>(text.substr(1, end - 1));
    text.remove_prefix(end + 2);
    return number;
}

// Cuts a whole command off the front; false if there is none yet.
bool cut_command(std::string& received)
{
    std::string_view rest = received;
    const auto words = cut_number(rest);
    for (std::size_t i = 0; words && i < *words; ++i) {
        const auto length = cut_number(rest);
        if (!length || rest.size() < *length + 2)
            return false;
        rest.remove_prefix(*length + 2);
    }
    if (!words)
        return false;
    received.erase(0, received.size() - rest.size());
    return true;
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
    std::vector<std::string> texts = {"*2\r\n" + bulk("1700000000") + bulk("0")};
    for (const auto line : split(replies, '\n'))
        texts.push_back(reply(line));
    const std::lock_guard lock(m_mutex);
    m_replies = std::move(texts);
}

// One reply a command, and none before it: a server of the protocol says nothing unasked, and hiredis ends the process that is
// told something then.
void ScriptedRedis::serve()
{
    for (int connection = ::accept(m_listening, nullptr, nullptr); connection >= 0;
         connection = ::accept(m_listening, nullptr, nullptr)) {
        std::vector<std::string> replies;
        {
            const std::lock_guard lock(m_mutex);
            replies = m_replies;
        }
        std::string received;
        std::size_t answered = 0;
        char buffer[4096];
        for (auto length = ::read(connection, buffer, sizeof buffer); length > 0;
             length = ::read(connection, buffer, sizeof buffer)) {
            received.append(buffer, static_cast<std::size_t>(length));
            std::string text;
            for (; answered < replies.size() && cut_command(received); ++answered)
                text += replies[answered];
            [[maybe_unused]] const auto sent = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
            if (answered == replies.size())
                ::shutdown(connection, SHUT_WR);
        }
        ::close(connection);
    }
}

} // namespace stile::fuzz
