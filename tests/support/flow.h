// The steps of a login, for tests: a browser that walks them, and the two token requests of a client.
#pragma once

#include "tests/support/http_client.h"
#include "tests/support/stack.h"

#include <string>
#include <vector>

namespace stile::test {

inline constexpr const char* demo_redirect = "https://www.example.com/redirect";
inline constexpr const char* demo_basic = "Authorization: Basic dGVzdF9jbGllbnQ6cGFzc3dvcmQ="; // test_client:password

// "Authorization: Basic …" for an id and a secret, as they are (encode them first if need be).
std::string basic(const std::string& id, const std::string& secret);

// The authorization request of the reference transcript, with the given parameters replaced or added.
Parameters demo_request(const Parameters& changes = {});
Parameters without(Parameters parameters, const std::string& name);

class Browser : public HttpClient {
public:
    explicit Browser(const Stack& stack) : HttpClient(stack.base_url()) {}

    Answer authorize(const Parameters& request);
    // Fills in the form at `path` (a Location of ours) and sends it.
    Answer log_in(const std::string& path, const std::string& user = "admin", const std::string& password = "admin");
    Answer approve(const std::string& path, const Parameters& extra = {});
    Answer deny(const std::string& path);

    // From the authorization request to the question, logging in when asked to: gives the path of /approve.
    std::string reach_consent(const Parameters& request, const std::string& user = "admin",
                              const std::string& password = "admin");
    // All the way: the Location that leads back to the client.
    std::string location_after_approval(const Parameters& request);
    std::string obtain_code(const Parameters& request = demo_request());
};

// Sends a request to the function of that name and kills it with SIGKILL while it holds the request; the answer is
// nginx's own.
Answer lost_request(const Stack& stack, const std::string& function, const std::function<Answer()>& request);

// Keeps a process from running, for as long as this lives.
class Frozen {
public:
    explicit Frozen(pid_t pid);
    ~Frozen();
    Frozen(const Frozen&) = delete;
    Frozen& operator=(const Frozen&) = delete;

private:
    pid_t m_pid;
};

// The value of the hidden csrf_token field of a page, or "".
std::string csrf_of(const Answer& page);

// A request to the token endpoint; as the demo client unless `headers` say otherwise.
Answer token_request(HttpClient& client, const Parameters& parameters, const Headers& headers = {demo_basic});
Answer redeem(HttpClient& client, const std::string& code, const Parameters& extra = {},
              const Headers& headers = {demo_basic});
Answer refresh(HttpClient& client, const std::string& refresh_token, const Parameters& extra = {},
               const Headers& headers = {demo_basic});

// A token of a client itself (RFC 6749 §4.4); `scope` empty for none in the request.
Answer own_token(HttpClient& client, const Headers& headers, const std::string& scope = "");
// Questions about a token, and its return (RFC 7662, RFC 7009).
Answer introspect(HttpClient& client, const std::string& token, const Headers& headers);
Answer revoke(HttpClient& client, const std::string& token, const Headers& headers);
inline constexpr const char* inactive = R"({"active":false})"; // all that is said about what is not to be seen

// Members of a JSON answer: a string or number as text ("" when absent), and all their names in order.
std::string member(const Answer& answer, const std::string& name);
std::vector<std::string> member_names(const Answer& answer);

// Registers a client at the stack; arguments as for `stile client add`. Gives the generated secret, or "".
std::string add_client(const Stack& stack, const std::vector<std::string>& arguments);

} // namespace stile::test
