#include "tests/endpoint/browser.h"

#include <algorithm>
#include <barrier>
#include <stdexcept>
#include <thread>

namespace stile::test {

namespace {

// A flow that leaves the expected way is a failure of the test that walks it.
void expect(bool condition, const std::string& what, const Answer& answer)
{
    if (!condition)
        throw std::runtime_error(what + ": status " + std::to_string(answer.status) + " " + answer.location() + "\n"
                                 + answer.body.substr(0, 2000));
}

void take_header(Request& request, const std::string& header)
{
    const auto colon = std::min(header.find(':'), header.size());
    const auto value = header.substr(std::min(header.find_first_not_of(' ', colon + 1), header.size()));
    const auto name = to_lower(header.substr(0, colon));
    if (name == "authorization" && !value.empty())
        request.authorization = value;
    else if (name == "content-type")
        request.content_type = value;
    else if (name == "accept-language")
        request.accept_language = value;
    else if (name == "cookie")
        request.cookie = value;
}

} // namespace

Answer Caller::get(const std::string& path, const Headers& headers)
{
    return request("GET", path, headers);
}

Answer Caller::request(const std::string& method, const std::string& path, const Headers& headers)
{
    Request request;
    request.method = method;
    return send(std::move(request), path, headers);
}

Answer Caller::post(const std::string& path, const std::string& body, const Headers& headers)
{
    Request request;
    request.method = "POST";
    request.content_type = "application/x-www-form-urlencoded";
    request.body_is_too_large = body.size() > max_body_size;
    if (!request.body_is_too_large)
        request.body = body;
    return send(std::move(request), path, headers);
}

Answer Caller::post(const std::string& path, const Parameters& parameters, const Headers& headers)
{
    return post(path, encode(parameters), headers);
}

Answer Caller::verify(const std::string& authorization, const std::string& scope, const std::string& audience)
{
    Request request;
    request.method = "GET";
    request.required_scope = scope;
    request.audience = audience;
    return send(std::move(request), "/stile/verify", {authorization});
}

Answer Caller::send(Request request, const std::string& path, const Headers& headers)
{
    for (const auto& [name, value] : cookies)
        request.cookie.append(request.cookie.empty() ? "" : "; ").append(name).append("=").append(value);
    for (const auto& header : headers)
        take_header(request, header);
    const auto& issuer = m_instance->issuer();
    const auto target = path.starts_with(issuer) ? path.substr(issuer.size()) : path;
    const auto mark = std::min(target.find('?'), target.size());
    request.query = target.substr(std::min(mark + 1, target.size()));
    request.remote_address = address;
    const auto request_id = m_instance->next_request_id();
    request.request_id = request_id;
    const bool without_body = request.method == "HEAD";
    const auto cookie = request.cookie, body = request.body;
    auto response = m_instance->handle(target.substr(0, mark), std::move(request));
    Answer answer;
    answer.status = response.status;
    answer.headers.emplace("x-request-id", request_id); // as serve() adds it
    for (const auto& [name, value] : response.headers)
        answer.headers.emplace(to_lower(name), value);
    if (!without_body)
        answer.body = std::move(response.body);
    take_cookies(answer, cookies);
    m_instance->secrets.remember(path, headers, cookie, body, answer);
    return answer;
}

Parameters demo_request(const Parameters& changes)
{
    return changed({{"client_id", "test_client"},
                    {"redirect_uri", demo_redirect},
                    {"response_type", "code"},
                    {"state", "somestate"},
                    {"scope", "email"}},
                   changes);
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

Answer token_request(Caller& caller, const Parameters& parameters, const Headers& headers)
{
    return caller.post("/oauth/tokenize", parameters, headers);
}

Answer redeem(Caller& caller, const std::string& code, const Parameters& extra, const Headers& headers)
{
    return token_request(
        caller, changed({{"grant_type", "authorization_code"}, {"code", code}, {"redirect_uri", demo_redirect}}, extra),
        headers);
}

Answer refresh(Caller& caller, const std::string& refresh_token, const Parameters& extra, const Headers& headers)
{
    Parameters parameters = {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token}};
    parameters.insert(parameters.end(), extra.begin(), extra.end());
    return token_request(caller, parameters, headers);
}

Answer own_token(Caller& caller, const Headers& headers, const std::string& scope)
{
    Parameters parameters = {{"grant_type", "client_credentials"}};
    if (!scope.empty())
        parameters.emplace_back("scope", scope);
    return token_request(caller, parameters, headers);
}

Answer introspect(Caller& caller, const std::string& token, const Headers& headers)
{
    return caller.post("/oauth/introspect", Parameters{{"token", token}}, headers);
}

Answer revoke(Caller& caller, const std::string& token, const Headers& headers)
{
    return caller.post("/oauth/revoke", Parameters{{"token", token}}, headers);
}

std::vector<Answer> at_once(int count, const std::function<Answer(int)>& action)
{
    std::vector<Answer> answers(static_cast<std::size_t>(count));
    std::barrier start(count);
    std::vector<std::jthread> threads;
    threads.reserve(answers.size());
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            start.arrive_and_wait();
            answers[static_cast<std::size_t>(i)] = action(i);
        });
    threads.clear(); // joins
    return answers;
}

} // namespace stile::test
