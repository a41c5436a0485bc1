#include "tests/store/monitor.h"

#include <cstring>
#include <sstream>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace stile {

namespace {

// `"FCALL" "put" "1"`: Redis escapes quotes and unprintable bytes, so a quote ends a word unless a '\' is before it.
std::vector<std::string> words_of(const std::string& line, std::size_t at)
{
    std::vector<std::string> words;
    bool is_inside = false;
    for (; at < line.size(); ++at) {
        if (line[at] == '"') {
            if (!is_inside)
                words.emplace_back();
            is_inside = !is_inside;
        } else if (is_inside) {
            words.back() += line[at];
            if (line[at] == '\\' && at + 1 < line.size())
                words.back() += line[++at];
        }
    }
    return words;
}

} // namespace

Monitor::Monitor() : m_socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    redis_server().address().socket.copy(name.sun_path, sizeof(name.sun_path) - 1);
    if (::connect(m_socket, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0)
        throw std::runtime_error("cannot reach Redis for MONITOR");
    constexpr char command[] = "AUTH operator operator\r\nMONITOR\r\n";
    if (::send(m_socket, command, std::strlen(command), MSG_NOSIGNAL) < 0)
        throw std::runtime_error("cannot ask Redis for MONITOR");
    read_until("+OK\r\n+OK\r\n");
}

Monitor::~Monitor()
{
    ::close(m_socket);
}

std::string Monitor::read_until(const std::string& mark) const
{
    std::string text;
    char bytes[4096];
    while (text.find(mark) == std::string::npos) {
        const auto count = ::recv(m_socket, bytes, sizeof(bytes), 0);
        if (count <= 0)
            throw std::runtime_error("MONITOR ended early");
        text.append(bytes, static_cast<std::size_t>(count));
    }
    return text;
}

std::vector<Monitor::Command> Monitor::commands(Store& store) const
{
    store.ask({"ECHO", "end of the monitored part"});
    std::istringstream lines(read_until("\"end of the monitored part\""));
    std::vector<Command> commands;
    for (std::string line; std::getline(lines, line);) {
        const auto end_of_head = line.find("] "); // +1800000000.123456 [0 lua] "HGETALL" "code:{…}…"
        if (end_of_head == std::string::npos || line.find("end of the monitored part") != std::string::npos)
            continue;
        const bool is_from_script = line.substr(0, end_of_head).ends_with(" lua");
        commands.push_back({is_from_script, words_of(line, end_of_head)});
    }
    return commands;
}

} // namespace stile
