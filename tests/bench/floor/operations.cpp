#include "tests/bench/floor/operations.h"

#include "shared/store/library.h"

#include <hiredis/hiredis.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <ctime>
#include <initializer_list>
#include <utility>

namespace stile::bench {

namespace {

constexpr std::string_view client_id = "load";
constexpr std::string_view redirect_uri = "https://www.example.com/redirect";
constexpr std::string_view bad_request = "Status: 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

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
    // Looked up once: EVP_sha256() would be looked up again by each digest.
    static const EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    unsigned char digest[32];
    EVP_Digest(text.data(), text.size(), digest, nullptr, algorithm, nullptr);
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

std::string now_in_seconds()
{
    return std::to_string(std::time(nullptr));
}

using Words = std::initializer_list<std::string_view>;

void append(std::string& command, std::string_view word)
{
    command.append("$").append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
}

// https://redis.io/docs/latest/develop/reference/protocol-spec/: an array of bulk strings.
std::string command(std::string_view first, Words words, Words more = {})
{
    std::string text;
    text.reserve(1024);
    text.append("*").append(std::to_string(1 + words.size() + more.size())).append("\r\n");
    append(text, first);
    for (const auto list : {words, more})
        for (const auto word : list)
            append(text, word);
    return text;
}

// A step of the library, with this number of keys among its words.
std::string call(std::string_view function, std::string_view keys, Words words)
{
    return command("FCALL", {std::string(function).append(library_version()), keys}, words);
}

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

// What no step need be asked about.
Plan refuse(std::string_view answer)
{
    return {.command = "", .accepted = std::string(answer), .refused = answer};
}

Plan issue_for_client()
{
    const Token access = {random_text(42)};
    return {call("issue_for_client", "2",
                 {access.grant_key(), access.key("access"), now_in_seconds(), "300", access.digest(), "", "", client_id,
                  "email"}),
            json(R"({"expires_in":300,"access_token":")" + access.text + R"(","scope":"email","token_type":"Bearer"})"),
            bad_request};
}

// The access and the refresh token of a grant.
std::pair<Token, Token> draw_pair(const std::string& grant)
{
    const auto drawn = random_text(66);
    return {{grant + drawn.substr(0, 30)}, {grant + drawn.substr(30)}};
}

Plan redeem(const Token& code)
{
    const auto [access, refresh] = draw_pair(code.text.substr(0, 12));
    return {call("redeem_code", "4",
                 {code.key("code"), code.grant_key(), access.key("access"), refresh.key("refresh"), now_in_seconds(),
                  code.digest(), client_id, redirect_uri, "", "300", "900", access.digest(), "", "", refresh.digest(),
                  now_in_milliseconds(1000), "0", ""}),
            tokens_of(access, refresh), bad_request};
}

Plan rotate(const Token& presented)
{
    const auto [access, refresh] = draw_pair(presented.text.substr(0, 12));
    return {call("rotate_refresh", "4",
                 {presented.key("refresh"), presented.grant_key(), access.key("access"), refresh.key("refresh"),
                  now_in_seconds(), presented.digest(), client_id, "", "300", "900", access.digest(), "", "",
                  refresh.digest(), "0", "", now_in_milliseconds(1000), "0", ""}),
            tokens_of(access, refresh), bad_request};
}

Plan issue(const Request& request)
{
    const auto grant_type = parameter(request.body, "grant_type");
    if (grant_type == "client_credentials")
        return issue_for_client();
    const bool redeems = grant_type == "authorization_code";
    const Token presented = {std::string(parameter(request.body, redeems ? "code" : "refresh_token"))};
    if (presented.text.size() < 42)
        return refuse(bad_request);
    return redeems ? redeem(presented) : rotate(presented);
}

std::string inspect(const Token& token)
{
    return call("inspect", "2", {token.key("access"), token.grant_key(), token.digest()});
}

Plan introspect(const Request& request)
{
    const Token token = {std::string(parameter(request.body, "token"))};
    if (token.text.size() != 42)
        return refuse(bad_request);
    return {inspect(token),
            json(R"({"active":true,"scope":"email","client_id":"load","token_type":"Bearer","exp":1795245964,)"
                 R"("iat":1795245664,"sub":"load","aud":"http://localhost:8000","iss":"http://localhost:8000"})"),
            bad_request};
}

Plan revoke(const Request& request)
{
    const Token token = {std::string(parameter(request.body, "token"))};
    if (token.text.size() != 42)
        return refuse(bad_request);
    return {call("revoke_token", "2", {token.key("access"), token.grant_key(), token.digest(), client_id, "access"}),
            json(""), bad_request};
}

Plan authorize(const Request& request)
{
    const auto now = now_in_seconds();
    const Token code = {random_text(42)};
    return {call("issue_code", "2",
                 {code.key("code"), code.grant_key(), now, "300", "2592000", code.digest(), redirect_uri, "1", "",
                  "client_id", client_id, "sub", "admin", "scope", "email", "auth_time", now}),
            "Status: 303 See Other\r\nContent-Length: 0\r\nLocation: https://www.example.com/redirect?state="
                + std::string(parameter(request.query, "state")) + "&code=" + code.text
                + "&scope=email&iss=http%3A%2F%2Flocalhost%3A8000\r\nCache-Control: no-store\r\n"
                  "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n\r\n",
            bad_request};
}

Plan verify(const Request& request)
{
    constexpr std::string_view unauthorized = "Status: 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
    constexpr std::string_view scheme = "Bearer ";
    const Token token = {
        std::string(request.authorization.substr(std::min(request.authorization.size(), scheme.size())))};
    if (token.text.size() != 42)
        return refuse(unauthorized);
    return {inspect(token),
            "Status: 200 OK\r\nContent-Length: 0\r\nX-Stile-Grant: client\r\nX-Stile-Client: load\r\n"
            "X-Stile-Scope: email\r\nX-Stile-Expires: 1795245964\r\n\r\n",
            unauthorized};
}

Plan page(const Request&)
{
    return {"", "Status: 200 OK\r\nContent-Length: 4\r\nContent-Type: text/html\r\n\r\npage", bad_request};
}

} // namespace

Operation operation(std::string_view name)
{
    struct Named {
        std::string_view name;
        Operation operation;
    };
    static constexpr Named all[] = {
        {"token", issue}, {"introspect", introspect}, {"revoke", revoke}, {"authorize", authorize}, {"verify", verify}};
    for (const auto& named : all)
        if (named.name == name)
            return named.operation;
    return page;
}

std::string log_in()
{
    const char* password = std::getenv("REDISCLI_AUTH");
    return command("AUTH", {"operator", password != nullptr ? password : ""});
}

bool is_accepted(const redisReply* reply)
{
    return reply != nullptr && reply->type != REDIS_REPLY_ERROR
           && (reply->type != REDIS_REPLY_ARRAY || reply->elements > 1);
}

} // namespace stile::bench
