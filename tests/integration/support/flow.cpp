#include "tests/integration/support/flow.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <future>
#include <stdexcept>

namespace stile::test {

namespace {

// A flow that leaves the expected way is a failure of the test that walks it.
void expect(bool condition, const std::string& what, const Answer& answer)
{
    if (!condition)
        throw std::runtime_error(what + ": status " + std::to_string(answer.status) + " " + answer.error
                                 + answer.location() + "\n" + answer.body.substr(0, 2000));
}

} // namespace

Parameters demo_request(const Parameters& changes)
{
    Parameters request = {{"client_id", "test_client"},
                          {"redirect_uri", demo_redirect},
                          {"response_type", "code"},
                          {"state", "somestate"},
                          {"scope", "email"}};
    return changed(std::move(request), changes);
}

Frozen::Frozen(pid_t pid) : m_pid(pid)
{
    send_signal(m_pid, SIGSTOP);
}

Frozen::~Frozen()
{
    send_signal(m_pid, SIGCONT);
}

Answer lost_request(const Stack& stack, const std::string& function, const std::function<Answer()>& request)
{
    const auto pid = stack.process(function);
    const auto descriptors = [&] {
        namespace fs = std::filesystem;
        return std::distance(fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd"), fs::directory_iterator());
    };
    const Frozen redis(stack.redis_process()); // so the function waits with the request in its hands
    const auto before = descriptors();
    auto answer = std::async(std::launch::async, request);
    eventually([&] { return descriptors() > before; }); // it has accepted the connection
    send_signal(pid, SIGKILL);
    return answer.get();
}

Answer Browser::authorize(const Parameters& request)
{
    return get("/oauth/authorize?" + encode(request));
}

Answer Browser::log_in(const std::string& path, const std::string& user, const std::string& password)
{
    const auto form = get(path);
    expect(form.status == 200, "the login form", form);
    return post(path, Parameters{{"csrf_token", csrf_of(form)}, {"username", user}, {"password", password}});
}

Answer Browser::approve(const std::string& path, const Parameters& extra)
{
    const auto form = get(path);
    expect(form.status == 200, "the consent form", form);
    Parameters fields = {{"csrf_token", csrf_of(form)}, {"approval", "1"}};
    fields.insert(fields.end(), extra.begin(), extra.end());
    return post(path, fields);
}

Answer Browser::deny(const std::string& path)
{
    const auto form = get(path);
    expect(form.status == 200, "the consent form", form);
    return post(path, Parameters{{"csrf_token", csrf_of(form)}, {"approval", "0"}});
}

std::string Browser::reach_consent(const Parameters& request, const std::string& user, const std::string& password)
{
    auto answer = authorize(request);
    if (answer.location().starts_with("/login?"))
        answer = log_in(answer.location(), user, password);
    expect(answer.status == 303 && answer.location().starts_with("/approve?"), "the way to consent", answer);
    return answer.location();
}

std::string Browser::location_after_approval(const Parameters& request)
{
    const auto answer = approve(reach_consent(request));
    expect(answer.status == 303, "approval", answer);
    return answer.location();
}

std::string Browser::obtain_code(const Parameters& request)
{
    return value_of(query_of(location_after_approval(request)), "code");
}

Answer token_request(HttpClient& client, const Parameters& parameters, const Headers& headers)
{
    return client.post("/oauth/tokenize", parameters, headers);
}

Answer redeem(HttpClient& client, const std::string& code, const Parameters& extra, const Headers& headers)
{
    Parameters parameters = {{"grant_type", "authorization_code"}, {"code", code}, {"redirect_uri", demo_redirect}};
    for (const auto& [name, value] : extra) {
        std::erase_if(parameters, [&](const auto& parameter) { return parameter.first == name; });
        parameters.emplace_back(name, value);
    }
    return token_request(client, parameters, headers);
}

Answer refresh(HttpClient& client, const std::string& refresh_token, const Parameters& extra, const Headers& headers)
{
    Parameters parameters = {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token}};
    parameters.insert(parameters.end(), extra.begin(), extra.end());
    return token_request(client, parameters, headers);
}

Answer own_token(HttpClient& client, const Headers& headers, const std::string& scope)
{
    Parameters parameters = {{"grant_type", "client_credentials"}};
    if (!scope.empty())
        parameters.emplace_back("scope", scope);
    return token_request(client, parameters, headers);
}

Answer introspect(HttpClient& client, const std::string& token, const Headers& headers)
{
    return client.post("/oauth/introspect", Parameters{{"token", token}}, headers);
}

Answer revoke(HttpClient& client, const std::string& token, const Headers& headers)
{
    return client.post("/oauth/revoke", Parameters{{"token", token}}, headers);
}

std::string add_client(const Stack& stack, const std::vector<std::string>& arguments)
{
    std::vector<std::string> command = {"client", "add"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const auto ran = stack.admin(command);
    if (ran.status != 0)
        throw std::runtime_error("client add: " + ran.errors);
    const std::string label = "client_secret: ";
    const auto at = ran.output.find(label);
    if (at == std::string::npos)
        return {};
    return ran.output.substr(at + label.size(), ran.output.find('\n', at) - at - label.size());
}

} // namespace stile::test
