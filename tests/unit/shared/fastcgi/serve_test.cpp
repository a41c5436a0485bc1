#include "shared/fastcgi/serve.h"

#include "shared/fastcgi/listen.h"
#include "shared/oauth/counter_labels.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace stile;

namespace {

// A process that serves with a handler, in its own folder, while this object exists.
class Server {
public:
    explicit Server(const Handler& handler)
    {
        REQUIRE(::mkdtemp(m_folder.data()) != nullptr);
        const auto listening = listening_socket(socket());
        REQUIRE(listening.has_value());
        const pid_t parent = ::getpid();
        m_pid = ::fork();
        if (m_pid == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (::getppid() == parent) {
                const Log log("test", ::open(log_file().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
                Metrics metrics("", "test", counter_labels);
                Loop loop;
                serve(loop, *listening, {.log = log, .metrics = metrics, .handler = handler, .logs_requests = false});
            }
            ::_exit(0);
        }
        ::close(*listening);
    }
    ~Server()
    {
        ::kill(m_pid, SIGTERM);
        ::waitpid(m_pid, nullptr, 0);
        std::filesystem::remove_all(m_folder);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // The answer to a request with that id, all records together: enough to look for words in it.
    std::string ask(const std::string& request_id) const
    {
        const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socket().copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        const auto request = record(1, {"\0\1\0\0\0\0\0\0", 8}) + record(4, parameter("REQUEST_ID", request_id))
                             + record(4, "") + record(5, "");
        REQUIRE(::send(connection, request.data(), request.size(), MSG_NOSIGNAL)
                == static_cast<ssize_t>(request.size()));
        std::string answer;
        std::array<char, 4096> bytes{};
        for (auto got = ::read(connection, bytes.data(), bytes.size()); got > 0;
             got = ::read(connection, bytes.data(), bytes.size()))
            answer.append(bytes.data(), static_cast<std::size_t>(got));
        ::close(connection);
        return answer;
    }
    std::string logged() const
    {
        std::ifstream file(log_file());
        return {std::istreambuf_iterator<char>(file), {}};
    }

private:
    // FastCGI specification 1.0, §3.3 and §3.4; lengths below 128 are one byte.
    static std::string record(char type, const std::string& content)
    {
        return std::string{'\1', type, '\0', '\1', '\0', static_cast<char>(content.size()), '\0', '\0'} + content;
    }
    static std::string parameter(const std::string& name, const std::string& value)
    {
        return std::string{static_cast<char>(name.size()), static_cast<char>(value.size())} + name + value;
    }
    std::string socket() const { return m_folder + "/socket"; }
    std::string log_file() const { return m_folder + "/log"; }

    std::string m_folder = "/tmp/stile-serve-XXXXXX";
    pid_t m_pid = -1;
};

} // namespace

TEST_CASE("STILE-serve-1 an exception fails only its own request, and is one JSON line with the request id")
{
    const Server server([](const Request& request) -> Response {
        if (request.request_id == "bad")
            throw std::runtime_error("a \"quote\", a \\ and\n{\"event\":\"forged\"}");
        return {.status = 200, .headers = {}, .body = "answered"};
    });
    CHECK(server.ask("bad").contains("Status: 500"));
    CHECK(server.ask("good").contains("answered"));
    const auto text = server.logged();
    REQUIRE(text.find('\n') == text.size() - 1);
    const auto line = nlohmann::json::parse(text);
    CHECK(line["level"] == "error");
    CHECK(line["event"] == "request failed");
    CHECK(line["request_id"] == "bad");
    CHECK(line["detail"] == "a \"quote\", a \\ and\n{\"event\":\"forged\"}");
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)                                                    \
    && !defined(__clang__) // the sanitizers' memory cannot be limited
TEST_CASE("STILE-serve-2 if memory for a response is not available, only this request fails")
{
    const Server server([](const Request& request) {
        Response response;
        response.body = "answered";
        rlimit bound{};
        ::getrlimit(RLIMIT_AS, &bound);
        bound.rlim_cur = bound.rlim_max;
        if (request.request_id == "bad") {
            response.body.assign(256 << 20, 'x'); // bytes; the answer is a second copy
            bound.rlim_cur = 1;
        }
        ::setrlimit(RLIMIT_AS, &bound);
        return response;
    });
    CHECK(server.ask("bad").contains("Status: 500"));
    CHECK(server.ask("good").contains("answered"));
}
#endif
