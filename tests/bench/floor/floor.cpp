// The floor of libfcgi: what libfcgi and hiredis cost with threads, a connection to Redis each, and a FastCGI connection
// for each request, when a function does the least that it can (operations.h).
//
//   floor token|introspect|revoke|authorize|verify|page REDIS_SOCKET <LISTENING_SOCKET
#include "tests/bench/floor/operations.h"

#include <fcgiapp.h>
#include <hiredis/hiredis.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace stile::bench;

constexpr int threads = 8;

class Redis {
public:
    explicit Redis(const char* socket) : m_context(redisConnectUnix(socket)) { accepts(log_in()); }
    bool accepts(const std::string& command)
    {
        void* reply = nullptr;
        redisAppendFormattedCommand(m_context, command.data(), command.size());
        redisGetReply(m_context, &reply);
        const bool accepted = is_accepted(static_cast<redisReply*>(reply));
        freeReplyObject(reply);
        return accepted;
    }

private:
    redisContext* m_context;
};

std::string_view value(const FCGX_Request& request, const char* name)
{
    const char* text = FCGX_GetParam(name, request.envp);
    return text != nullptr ? text : "";
}

std::string body_of(FCGX_Request& request)
{
    const std::string length(value(request, "CONTENT_LENGTH"));
    std::string body(length.empty() ? 0 : std::stoul(length), '\0');
    FCGX_GetStr(body.data(), static_cast<int>(body.size()), request.in);
    return body;
}

void serve(Operation operation, const char* redis_socket)
{
    Redis redis(redis_socket);
    FCGX_Request request;
    FCGX_InitRequest(&request, STDIN_FILENO, 0);
    while (FCGX_Accept_r(&request) == 0) {
        const auto body = body_of(request);
        const auto plan = operation({body, value(request, "QUERY_STRING"), value(request, "HTTP_AUTHORIZATION")});
        const auto text = plan.answer(plan.command.empty() || redis.accepts(plan.command));
        FCGX_PutStr(text.data(), static_cast<int>(text.size()), request.out);
        FCGX_Finish_r(&request);
    }
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "floor OPERATION REDIS_SOCKET <LISTENING_SOCKET\n";
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    FCGX_Init();
    std::vector<std::jthread> running;
    for (int i = 0; i < threads; ++i)
        running.emplace_back([&] { serve(operation(argv[1]), argv[2]); });
    return 0;
}
