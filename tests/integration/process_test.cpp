// What a running function has given up, and what it does not remember.
#include "tests/integration/support/flow.h"
#include "tests/support/catch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <sstream>

using namespace stile::test;

namespace {

std::string of_process(pid_t pid, const std::string& file)
{
    return read_file("/proc/" + std::to_string(pid) + "/" + file);
}

// "Umask:\t0077" gives "0077".
std::string status_field(pid_t pid, const std::string& name)
{
    const auto status = "\n" + of_process(pid, "status");
    const auto at = status.find("\n" + name + ":\t");
    return at == std::string::npos
               ? ""
               : status.substr(at + name.size() + 3, status.find('\n', at + 1) - at - name.size() - 3);
}

// All that a process could be made to write down: its readable and writable memory, in one string a mapping.
[[maybe_unused]] bool memory_contains(pid_t pid, const std::string& needle)
{
    const int memory = ::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
    if (memory < 0)
        throw std::runtime_error("no permission to read the memory of a process");
    std::istringstream lines(of_process(pid, "maps"));
    bool found = false;
    for (std::string line; std::getline(lines, line) && !found;) {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        char dash = 0;
        std::string rights;
        std::istringstream(line) >> std::hex >> begin >> dash >> end >> rights;
        constexpr std::uint64_t most = 1 << 30; // bytes; a sanitizer's own tables are terabytes
        if (!rights.starts_with("rw") || end - begin > most)
            continue;
        std::string bytes(end - begin, '\0');
        const auto got = ::pread(memory, bytes.data(), bytes.size(), static_cast<off_t>(begin));
        found = got > 0 && std::string_view(bytes.data(), static_cast<std::size_t>(got)).contains(needle);
    }
    ::close(memory);
    return found;
}

// Root looks into the memory itself; for anybody else it is closed, and what cannot be read needs no wiping.
[[maybe_unused]] bool remembers(pid_t pid, const std::string& secret)
{
    if (::geteuid() == 0)
        return memory_contains(pid, secret);
    return ::access(("/proc/" + std::to_string(pid) + "/mem").c_str(), R_OK) == 0;
}

} // namespace

TEST_CASE("STILE-process-1 every function has umask 077, no core dumps, no new privileges, and memory that others "
          "cannot read")
{
    const auto functions = shared_stack().functions();
    CHECK(functions.size() >= 10);
    for (const auto& [name, pid] : functions) {
        CAPTURE(name);
        CHECK(status_field(pid, "Umask") == "0077");
        CHECK(status_field(pid, "NoNewPrivs") == "1");
        const auto limits = of_process(pid, "limits");
        const auto core = limits.substr(limits.find("Max core file size"), 60);
        std::istringstream words(core.substr(18));
        std::string soft;
        std::string hard;
        words >> soft >> hard;
        CHECK(soft == "0");
        CHECK(hard == "0");
        // A process that is not dumpable belongs to root in /proc: nobody else reads its memory or traces it.
        struct stat status{};
        CHECK(::stat(("/proc/" + std::to_string(pid) + "/environ").c_str(), &status) == 0);
        CHECK(status.st_uid == 0);
        if (::geteuid() != 0)
            CHECK(::access(("/proc/" + std::to_string(pid) + "/mem").c_str(), R_OK) != 0);
    }
}

// A sanitizer has a free() of its own, which keeps what it is given (base/wipe.h).
#if !defined(__has_feature)
#define __has_feature(name) 0
#endif
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
TEST_CASE("STILE-process-2 a function erases passwords, secrets, codes and tokens from memory after its response")
{
    const auto& stack = shared_stack();
    const std::string needle =
        GENERATE("Zwischen-den-Stuehlen-7391", "kurz.9Qx4"); // on the heap; within a string object
    const auto name = "forgetful" + std::to_string(needle.size());
    CHECK(stack.admin({"user", "add", name, "--password", "-"}, needle + "\n").status == 0);
    CHECK(stack
              .admin(
                  {"client", "add", "--id", name, "--redirect-uri", demo_redirect, "--scope", "email", "--secret", "-"},
                  needle + "\n")
              .status
          == 0);
    Browser browser(stack);
    const auto login = browser.authorize(demo_request({{"client_id", name}})).location();
    CHECK(browser.log_in(login, name, "wrong:" + needle).status == 403);
    CHECK(browser.log_in(login, name, needle).status == 303);
    const auto consent = "/approve" + login.substr(login.find('?'));
    const auto code = value_of(query_of(browser.approve(consent).location()), "code");
    HttpClient client(stack.base_url());
    const auto tokens = redeem(client, code, {}, {basic(name, needle)});
    CHECK(tokens.status == 200);
    const auto in_body =
        refresh(client, member(tokens, "refresh_token"), {{"client_id", name}, {"client_secret", needle}}, {});
    CHECK(in_body.status == 200);
    // The answer is sent a moment before its request is cleared away.
    const auto forgotten = [&](const std::string& function, const std::string& secret) {
        return eventually([&] { return !remembers(stack.process(function), secret); }, 5);
    };
    CHECK(forgotten("stile-login", needle));
    CHECK(forgotten("stile-token", needle));
    CHECK(forgotten("stile-token", basic(name, needle).substr(21))); // as it was sent
    for (const auto& secret : {code, member(tokens, "access_token"), member(tokens, "refresh_token")})
        CHECK(forgotten("stile-token", secret.substr(18))); // the part that is secret
    CHECK(forgotten("stile-consent", code.substr(18)));
    for (const auto& [cookie, value] : browser.cookies)
        CHECK(forgotten("stile-login", value));
}
#endif

TEST_CASE("STILE-process-3 the environment of a running function contains no secrets")
{
    const std::string secret = "an HS256 secret of thirty-two bytes";
    Stack stack(std::vector<Stack::Setting>{{"STILE_SECRET_KEY", secret}, {"STILE_KEY", secret + " "}});
    for (const auto& [name, pid] : stack.functions()) {
        if (name.starts_with("stile-demo"))
            continue; // not installed
        CAPTURE(name);
        const auto environment = of_process(pid, "environ"); // empty where it may not be read
        CHECK_FALSE(environment.contains(secret));
        CHECK_FALSE(environment.contains("password="));
    }
}
