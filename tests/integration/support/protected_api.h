// An operator's nginx in front of an API, protected by a running Stack as nginx/protect.conf describes.
#pragma once

#include "tests/integration/support/stack.h"

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace stile::test {

// An HTTP server that answers 200 to everything, with the request as it came as the body.
class EchoServer {
public:
    EchoServer();
    ~EchoServer();
    EchoServer(const EchoServer&) = delete;
    EchoServer& operator=(const EchoServer&) = delete;

    const std::string& base_url() const { return m_base_url; }
    int requests() const { return m_requests; } // how many came so far

private:
    void serve();

    int m_listening;
    std::string m_base_url;
    std::atomic<int> m_requests = 0;
    std::jthread m_thread;
};

// An nginx beside the one of the Stack, with its own folder and port, that includes upstreams.conf and stile.conf of
// the Stack. Only from the main thread, like the Stack.
class OwnNginx {
public:
    // `server` stands in its server block besides stile.conf; `edit` may change the text of stile.conf before.
    OwnNginx(const Stack& stack, const std::string& server, const std::function<std::string(std::string)>& edit = {});
    ~OwnNginx();
    OwnNginx(const OwnNginx&) = delete;
    OwnNginx& operator=(const OwnNginx&) = delete;

    const std::string& base_url() const { return m_base_url; }
    const std::string& dir() const { return m_dir; }

private:
    bool try_to_start(const std::string& server);
    void stop();

    std::string m_dir;
    std::string m_base_url;
    pid_t m_pid = -1;
};

// Both: /api/ asks for the scope "read", /both/ for "read write", /any/ for a token and no scope.
class ProtectedApi {
public:
    explicit ProtectedApi(const Stack& stack);

    const std::string& base_url() const { return m_nginx.base_url(); }
    int requests_let_through() const { return m_upstream.requests(); }

private:
    EchoServer m_upstream;
    OwnNginx m_nginx;
};

} // namespace stile::test
