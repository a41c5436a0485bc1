// The floor: what libfcgi and hiredis cost when a function does the least that the operation can be done with. It parses
// one form, makes the same one FCALL as Stile's function, and writes an answer of the same shape. It checks nothing: no
// client, no sizes, no characters, no errors. Never a server for anybody; `make bench` measures Stile against it.
//
//   floor token|introspect|revoke|authorize|verify|page REDIS_SOCKET <LISTENING_SOCKET
#include "shared/store/library.h"

#include <fcgiapp.h>
#include <hiredis/hiredis.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Words = std::vector<std::string>;

constexpr int threads = 8;
constexpr std::string_view client_id = "load";

std::string_view parameter(std::string_view form, std::string_view name)
{
    while (!form.empty()) {
        const auto pair = form.substr(0, form.find('&'));
        if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
            return pair.substr(name.size() + 1);
        form.remove_prefix(std::min(form.size(), pair.size() + 1));
    }
    return {};
}

std::string random_text(std::size_t length)
{
    constexpr std::string_view letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string text(length, '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(text.data()), static_cast<int>(length));
    for (auto& c : text)
        c = letters[static_cast<unsigned char>(c) % letters.size()];
    return text;
}

std::string sha256(std::string_view text)
{
    unsigned char digest[32];
    EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha256(), nullptr);
    std::string encoded(44, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), digest, sizeof digest);
    encoded.pop_back();
    for (auto& c : encoded)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    return encoded;
}

// <grant: 12><selector: 6><secret>
struct Token {
    std::string text;
    std::string key(std::string_view family) const
    {
        return std::string(family).append(":{").append(text, 0, 12).append("}").append(text, 12, 6);
    }
    std::string grant_key() const { return "grant:{" + text.substr(0, 12) + "}"; }
    std::string digest() const { return sha256(std::string_view(text).substr(18)); }
};

std::string now_in_milliseconds(long later)
{
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return std::to_string(time.tv_sec * 1000 + time.tv_nsec / 1000000 + later);
}

class Redis {
public:
    explicit Redis(const char* socket) : m_context(redisConnectUnix(socket))
    {
        freeReplyObject(redisCommand(m_context, "AUTH operator %s", std::getenv("REDISCLI_AUTH")));
    }
    // Calls a step of the library; false when Redis did not answer as expected.
    bool call(std::string_view function, int keys, Words words)
    {
        words.insert(words.begin(),
                     {"FCALL", std::string(function).append(stile::library_version()), std::to_string(keys)});
        std::vector<const char*> texts;
        std::vector<std::size_t> lengths;
        for (const auto& word : words) {
            texts.push_back(word.data());
            lengths.push_back(word.size());
        }
        auto* reply = static_cast<redisReply*>(
            redisCommandArgv(m_context, static_cast<int>(words.size()), texts.data(), lengths.data()));
        const bool done = reply != nullptr && reply->type != REDIS_REPLY_ERROR
                          && (reply->type != REDIS_REPLY_ARRAY || reply->elements > 1);
        freeReplyObject(reply);
        return done;
    }

private:
    redisContext* m_context;
};

constexpr std::string_view refused = "Status: 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

std::string json(const std::string& body)
{
    return "Status: 200 OK\r\nContent-Length: " + std::to_string(body.size())
           + "\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nPragma: no-cache\r\n"
             "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n\r\n"
           + body;
}

std::string tokens_of(const Token& access, const Token& refresh)
{
    return json(R"({"expires_in":300,"refresh_token_expires_in":900,"access_token":")" + access.text
                + R"(","refresh_token":")" + refresh.text + R"(","scope":"email","token_type":"Bearer"})");
}

std::string issue(std::string_view form, Redis& redis)
{
    const auto now = std::to_string(std::time(nullptr));
    const auto grant_type = parameter(form, "grant_type");
    if (grant_type == "client_credentials") {
        const Token access = {random_text(42)};
        if (!redis.call("issue_for_client", 2,
                        {access.grant_key(), access.key("access"), now, "300", access.digest(), std::string(client_id),
                         "email"}))
            return std::string(refused);
        return json(R"({"expires_in":300,"access_token":")" + access.text
                    + R"(","scope":"email","token_type":"Bearer"})");
    }
    const bool redeems = grant_type == "authorization_code";
    const Token presented = {std::string(parameter(form, redeems ? "code" : "refresh_token"))};
    if (presented.text.size() < 42)
        return std::string(refused);
    const auto grant = presented.text.substr(0, 12);
    const Token access = {grant + random_text(30)};
    const Token refresh = {grant + random_text(36)};
    const Words keys = {presented.key(redeems ? "code" : "refresh"), presented.grant_key(), access.key("access"),
                        refresh.key("refresh")};
    Words words = keys;
    if (redeems)
        words.insert(words.end(),
                     {now, presented.digest(), std::string(client_id), "https://www.example.com/redirect", "", "300",
                      "900", access.digest(), refresh.digest(), now_in_milliseconds(1000), "0", ""});
    else
        words.insert(words.end(), {now, presented.digest(), std::string(client_id), "", "300", "900", access.digest(),
                                   refresh.digest(), "0", "", now_in_milliseconds(1000), "0", ""});
    return redis.call(redeems ? "redeem_code" : "rotate_refresh", 4, words) ? tokens_of(access, refresh)
                                                                            : std::string(refused);
}

std::string introspect(std::string_view form, Redis& redis)
{
    const Token token = {std::string(parameter(form, "token"))};
    if (token.text.size() != 42 || !redis.call("inspect", 2, {token.key("access"), token.grant_key(), token.digest()}))
        return std::string(refused);
    return json(R"({"active":true,"scope":"email","client_id":"load","token_type":"Bearer","exp":1795245964,)"
                R"("iat":1795245664,"sub":"load","aud":"http://localhost:8000","iss":"http://localhost:8000"})");
}

std::string revoke(std::string_view form, Redis& redis)
{
    const Token token = {std::string(parameter(form, "token"))};
    if (token.text.size() != 42
        || !redis.call("revoke_token", 2,
                       {token.key("access"), token.grant_key(), token.digest(), std::string(client_id), "access"}))
        return std::string(refused);
    return json("");
}

std::string authorize(std::string_view query, Redis& redis)
{
    const auto now = std::to_string(std::time(nullptr));
    const Token code = {random_text(42)};
    if (!redis.call("issue_code", 2,
                    {code.key("code"), code.grant_key(), now, "300", "2592000", code.digest(),
                     "https://www.example.com/redirect", "1", "", "client_id", std::string(client_id), "sub", "admin",
                     "scope", "email", "auth_time", now}))
        return std::string(refused);
    return "Status: 303 See Other\r\nContent-Length: 0\r\nLocation: https://www.example.com/redirect?state="
           + std::string(parameter(query, "state")) + "&code=" + code.text
           + "&scope=email&iss=http%3A%2F%2Flocalhost%3A8000\r\nCache-Control: no-store\r\n"
             "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n\r\n";
}

std::string verify(std::string_view authorization, Redis& redis)
{
    authorization.remove_prefix(std::min(authorization.size(), std::string_view("Bearer ").size()));
    const Token token = {std::string(authorization)};
    if (token.text.size() != 42 || !redis.call("inspect", 2, {token.key("access"), token.grant_key(), token.digest()}))
        return "Status: 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    return "Status: 200 OK\r\nContent-Length: 0\r\nX-Stile-Subject: load\r\nX-Stile-Client: load\r\n"
           "X-Stile-Scope: email\r\nX-Stile-Expires: 1795245964\r\n\r\n";
}

std::string_view value(const FCGX_Request& request, const char* name)
{
    const char* text = FCGX_GetParam(name, request.envp);
    return text != nullptr ? text : "";
}

std::string body_of(FCGX_Request& request)
{
    std::string body(std::string(value(request, "CONTENT_LENGTH")).empty()
                         ? 0
                         : std::stoul(std::string(value(request, "CONTENT_LENGTH"))),
                     '\0');
    FCGX_GetStr(body.data(), static_cast<int>(body.size()), request.in);
    return body;
}

std::string answer(std::string_view operation, FCGX_Request& request, Redis& redis)
{
    if (operation == "token")
        return issue(body_of(request), redis);
    if (operation == "introspect")
        return introspect(body_of(request), redis);
    if (operation == "revoke")
        return revoke(body_of(request), redis);
    if (operation == "authorize")
        return authorize(value(request, "QUERY_STRING"), redis);
    if (operation == "verify")
        return verify(value(request, "HTTP_AUTHORIZATION"), redis);
    return "Status: 200 OK\r\nContent-Length: 4\r\nContent-Type: text/html\r\n\r\npage";
}

void serve(std::string_view operation, const char* redis_socket)
{
    Redis redis(redis_socket);
    FCGX_Request request;
    FCGX_InitRequest(&request, STDIN_FILENO, 0);
    while (FCGX_Accept_r(&request) == 0) {
        const auto text = answer(operation, request, redis);
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
        running.emplace_back([&] { serve(argv[1], argv[2]); });
    return 0;
}
