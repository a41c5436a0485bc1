#include "tests/integration/support/protected_api.h"

#include "tests/integration/support/secrets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace stile::test {

namespace fs = std::filesystem;

namespace {

constexpr int start_attempts = 4; // between choosing a free port and using it somebody else may take it

sockaddr_in on_loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = ::htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    return address;
}

// A socket on a free port of this machine.
int bound_socket()
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = on_loopback(0);
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("no free port");
    return descriptor;
}

int port_of(int descriptor)
{
    sockaddr_in address{};
    socklen_t length = sizeof address;
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length);
    return ::ntohs(address.sin_port);
}

bool can_connect(int port)
{
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = on_loopback(port);
    const bool connected = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    return connected;
}

// Head and body of one request; what is there when the peer stops sending.
std::string read_request(int connection)
{
    std::string request;
    std::size_t whole = std::string::npos;
    char buffer[16'384];
    while (request.size() < whole) {
        const auto got = ::read(connection, buffer, sizeof buffer);
        if (got <= 0)
            break;
        request.append(buffer, static_cast<std::size_t>(got));
        const auto end = request.find("\r\n\r\n");
        if (whole == std::string::npos && end != std::string::npos) {
            const std::string name = "\r\nContent-Length: ";
            const auto at = request.find(name);
            whole = end + 4 + (at < end ? std::stoul(request.substr(at + name.size())) : 0);
        }
    }
    return request;
}

void write_all(int connection, const std::string& text)
{
    for (std::size_t sent = 0; sent < text.size();) {
        const auto count = ::send(connection, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (count <= 0)
            return;
        sent += static_cast<std::size_t>(count);
    }
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

} // namespace

EchoServer::EchoServer() : m_listening(bound_socket())
{
    ::listen(m_listening, 512);
    m_base_url = "http://127.0.0.1:" + std::to_string(port_of(m_listening));
    m_thread = std::jthread([this] { serve(); });
}

EchoServer::~EchoServer()
{
    ::shutdown(m_listening, SHUT_RDWR); // ends accept
    m_thread.join();
    ::close(m_listening);
}

void EchoServer::serve()
{
    for (;;) {
        const int connection = ::accept4(m_listening, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection < 0)
            return;
        const auto request = read_request(connection);
        ++m_requests;
        write_all(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: "
                                  + std::to_string(request.size()) + "\r\n\r\n" + request);
        ::close(connection);
    }
}

OwnNginx::OwnNginx(const Stack& stack, const std::string& server, const std::function<std::string(std::string)>& edit)
{
    std::string folder = "/tmp/stile-nginx-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr)
        throw std::runtime_error("cannot make a folder in /tmp");
    m_dir = folder;
    for (const char* name : {"stile", "log", "tmp"})
        fs::create_directory(m_dir + "/" + name);
    for (const auto& file : fs::directory_iterator(stack.dir() + "/stile")) {
        auto text = read_file(file.path());
        for (const char* own : {"/tmp/", "/log/"}) // the Stack's nginx writes its cache and logs there
            text = replaced(std::move(text), stack.dir() + own, m_dir + own);
        const auto name = file.path().filename().string();
        if (edit && name == "stile.conf")
            text = edit(std::move(text));
        std::ofstream(m_dir + "/stile/" + name) << text;
    }
    for (int attempt = 1; !try_to_start(server); ++attempt)
        if (attempt == start_attempts)
            throw std::runtime_error("nginx does not start: " + read_file(m_dir + "/log/nginx.log"));
}

bool OwnNginx::try_to_start(const std::string& server)
{
    const int probe = bound_socket();
    const int port = port_of(probe);
    ::close(probe);
    std::string text = "worker_processes 2;\npid @/nginx.pid;\nerror_log @/log/nginx.log warn;\n"
                       "events { worker_connections 1024; }\nhttp {\naccess_log off;\n";
    for (const std::string name : {"client_body", "fastcgi", "proxy", "scgi", "uwsgi"})
        text += name + "_temp_path @/tmp/" + name + ";\n";
    text += "include stile/upstreams.conf;\nserver {\nlisten 127.0.0.1:" + std::to_string(port)
            + ";\ninclude stile/stile.conf;\n" + server + "}\n}\n";
    std::ofstream(m_dir + "/nginx.conf") << replaced(std::move(text), "@", m_dir);

    // nginx lies in /usr/sbin, which a user's PATH need not have. Started by root, its workers would be nobody, who may
    // not enter these folders.
    std::vector<std::string> words = {"/usr/sbin/nginx",
                                      "-e",
                                      m_dir + "/log/nginx.log",
                                      "-p",
                                      m_dir,
                                      "-c",
                                      m_dir + "/nginx.conf",
                                      "-g",
                                      ::getuid() == 0 ? "daemon off; user root;" : "daemon off;"};
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t tester = ::getpid();
    m_pid = ::fork();
    if (m_pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        ::setpgid(0, 0); // Ctrl-C reaches the tests alone
        if (::getppid() == tester)
            ::execv(arguments[0], arguments.data());
        ::_exit(127);
    }
    m_base_url = "http://127.0.0.1:" + std::to_string(port);
    if (eventually([&] { return !is_alive(m_pid) || can_connect(port); }) && is_alive(m_pid))
        return true;
    stop();
    return false;
}

void OwnNginx::stop()
{
    send_signal(m_pid, SIGTERM);
    if (!eventually([&] { return ::waitpid(m_pid, nullptr, WNOHANG) != 0; })) {
        ::kill(-m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
    m_pid = -1;
}

OwnNginx::~OwnNginx()
{
    stop();
    check_nothing_leaked(m_dir);
    std::error_code ignored;
    fs::remove_all(m_dir, ignored);
}

namespace {

std::string guarded_locations(const std::string& upstream)
{
    std::string text;
    for (const auto& [path, scope] :
         std::vector<std::pair<std::string, std::string>>{{"/api/", "read"}, {"/both/", "read write"}, {"/any/", ""}}) {
        text += "location " + path + " {\n";
        if (!scope.empty())
            text += "set $stile_scope \"" + scope + "\";\n";
        text += "include stile/protect.conf;\nproxy_pass " + upstream + ";\n}\n";
    }
    return text;
}

} // namespace

ProtectedApi::ProtectedApi(const Stack& stack) : m_nginx(stack, guarded_locations(m_upstream.base_url())) {}

} // namespace stile::test
