#include "tests/integration/support/secrets.h"

#include "tests/integration/support/stack.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <mutex>
#include <set>
#include <string_view>

namespace stile::test {

namespace {

constexpr std::array names = {"code",     "state",         "code_verifier", "csrf_token",
                              "password", "client_secret", "access_token",  "refresh_token",
                              "token",    "id_token",      "id_token_hint", "logout_token"};

struct Remembered {
    std::mutex mutex;
    std::set<std::pair<std::string, std::string>> secrets;
};

Remembered& remembered()
{
    static Remembered all;
    return all;
}

// Sets that live as long as the program end after the last test: their leaks are reported by its exit status.
struct Verdict {
    Verdict() = default;
    ~Verdict()
    {
        if (has_leaked)
            ::_exit(1);
    }
    Verdict(const Verdict&) = delete;
    Verdict& operator=(const Verdict&) = delete;
    bool has_leaked = false;
};

Verdict& verdict()
{
    static Verdict all;
    return all;
}

// Constructed before any set, and therefore destroyed after all of them.
const bool made_first = (remembered(), verdict(), true);

void remember_parameters(const Parameters& parameters)
{
    for (const auto& [name, value] : parameters)
        if (std::ranges::find(names, name) != names.end())
            remember_secret(name, value);
}

// A test may send a body that is not a form.
Parameters parameters_of(const std::string& query)
{
    try {
        return query_of("?" + query);
    } catch (const std::exception&) {
        return {};
    }
}

void remember_cookies(std::string_view pairs, char separator)
{
    while (!pairs.empty()) {
        const auto end = std::min(pairs.find(separator), pairs.size());
        const auto pair = pairs.substr(0, end);
        if (const auto equals = pair.find('='); equals != std::string_view::npos)
            remember_secret("cookie", std::string(pair.substr(equals + 1)));
        pairs.remove_prefix(std::min(end + 2, pairs.size()));
    }
}

void remember_headers(const Headers& headers)
{
    for (const auto& header : headers) {
        const auto value = header.substr(std::min(header.find(": "), header.size() - 2) + 2);
        if (header.starts_with("Authorization: ")) // the credentials after the scheme
            remember_secret("authorization", value.substr(value.find(' ') + 1));
        if (header.starts_with("Cookie: "))
            remember_cookies(value, ';');
    }
}

void remember_answer(const Answer& answer)
{
    const auto json = nlohmann::json::parse(answer.body, nullptr, false);
    for (const char* name : names)
        if (json.is_object() && json.contains(name) && json[name].is_string())
            remember_secret(name, json[name].get<std::string>());
    const std::string field = "name=\"csrf_token\" value=\"";
    if (const auto at = answer.body.find(field); at != std::string::npos)
        remember_secret("csrf_token", answer.body.substr(at + field.size(),
                                                         answer.body.find('"', at + field.size()) - at - field.size()));
    for (const auto& cookie : answer.all("set-cookie"))
        remember_cookies(cookie.substr(0, cookie.find(';')), ';');
    const auto location = answer.location();
    if (const auto at = location.find('?'); at != std::string::npos)
        remember_parameters(parameters_of(location.substr(at + 1)));
}

std::string in_hex(const std::string& text)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (const char c : text)
        hex.append(1, digits[static_cast<unsigned char>(c) >> 4]).append(1, digits[static_cast<unsigned char>(c) & 15]);
    return hex;
}

} // namespace

void remember_secret(const std::string& kind, const std::string& value)
{
    const std::lock_guard lock(remembered().mutex);
    if (!value.empty())
        remembered().secrets.emplace(kind, value);
}

void remember_exchange(const std::string& path, const Headers& headers, const std::string& body, const Answer& answer)
{
    if (const auto at = path.find('?'); at != std::string::npos)
        remember_parameters(parameters_of(path.substr(at + 1)));
    remember_parameters(parameters_of(body));
    remember_headers(headers);
    remember_answer(answer);
}

void remember_command(const std::vector<std::string>& arguments, const std::string& input, const std::string& output)
{
    for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
        if (arguments[i] == "--password")
            remember_secret("password", arguments[i + 1]);
        if (arguments[i] == "--secret")
            remember_secret("client_secret", arguments[i + 1]);
    }
    remember_secret("password", input.substr(0, input.find('\n')));
    const std::string label = "client_secret: ";
    if (const auto at = output.find(label); at != std::string::npos)
        remember_secret("client_secret", output.substr(at + label.size(), output.find('\n', at) - at - label.size()));
}

void check_nothing_leaked(const std::string& folder)
{
    std::string lines;
    {
        const std::lock_guard lock(remembered().mutex);
        for (const auto& [kind, value] : remembered().secrets)
            lines.append(kind).append("\t").append(in_hex(value)).append("\n");
    }
    const auto searched = run_program({"/usr/bin/python3", "tests/support/leaks.py", folder}, {}, lines);
    if (searched.status == 0)
        return;
    const auto finds = "secrets in what " + folder + " wrote:\n" + searched.output + searched.errors;
    if (Catch::getCurrentContext().getResultCapture() != nullptr) {
        FAIL_CHECK(finds);
    } else {
        std::cerr << finds;
        verdict().has_leaked = true;
    }
}

} // namespace stile::test
