// Who calls the handlers: an application, or a browser that keeps cookies and walks through a login.
#pragma once

#include "tests/endpoint/instance.h"
#include "tests/support/answer.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace stile::test {

// Sends requests to an instance and keeps the cookies of the answers. Not thread-safe; one a thread.
class Caller {
public:
    explicit Caller(Instance& instance) : m_instance(&instance) {}

    // `path` begins with '/' and may have a query; a whole URL below the issuer is taken as well. Of the headers those count
    // that nginx passes on: Authorization, Content-Type, Accept-Language and Cookie.
    Answer get(const std::string& path, const Headers& headers = {});
    Answer post(const std::string& path, const std::string& body, const Headers& headers = {});
    Answer post(const std::string& path, const Parameters& parameters, const Headers& headers = {});
    Answer request(const std::string& method, const std::string& path, const Headers& headers = {});

    // The question of nginx for a protected location: its answer, and in the headers who the token is of.
    Answer verify(const std::string& authorization, const std::string& scope = "", const std::string& audience = "");

    std::map<std::string, std::string> cookies;
    std::string address = "192.0.2.1";

private:
    Answer send(Request request, const std::string& path, const Headers& headers);

    Instance* m_instance;
};

// The authorization request of the reference transcript, with the given parameters in place of its own or added.
Parameters demo_request(const Parameters& changes = {});

class Browser : public Caller {
public:
    using Caller::Caller;

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

// A request to the token endpoint; as the demo client unless `headers` say otherwise.
Answer token_request(Caller& caller, const Parameters& parameters, const Headers& headers = {demo_basic});
Answer redeem(Caller& caller, const std::string& code, const Parameters& extra = {},
              const Headers& headers = {demo_basic});
Answer refresh(Caller& caller, const std::string& refresh_token, const Parameters& extra = {},
               const Headers& headers = {demo_basic});

// A token of a client itself (RFC 6749 §4.4); `scope` empty for none in the request.
Answer own_token(Caller& caller, const Headers& headers, const std::string& scope = "");
// Questions about a token, and its return (RFC 7662, RFC 7009).
Answer introspect(Caller& caller, const std::string& token, const Headers& headers);
Answer revoke(Caller& caller, const std::string& token, const Headers& headers);
inline constexpr const char* inactive = R"({"active":false})"; // all that is said about what is not to be seen

inline std::string bearer(const std::string& token)
{
    return "Authorization: Bearer " + token;
}

// Runs `action` in `count` threads that begin at the same moment; gives what each returned.
std::vector<Answer> at_once(int count, const std::function<Answer(int)>& action);

} // namespace stile::test
