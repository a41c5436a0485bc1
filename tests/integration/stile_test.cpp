// The admin command against a running set: what it says, its exit status, and what the functions do afterwards.
#include "tests/integration/support/flow.h"
#include "tests/support/catch.h"

#include <fstream>

using namespace stile::test;

namespace {

// A client's record is read each time, so that what the command changes counts at once.
Stack& fresh_stack()
{
    static Stack stack(std::vector<Stack::Setting>{{"STILE_CLIENT_CACHE", "0"}});
    return stack;
}

Ran admin(const std::vector<std::string>& arguments, const std::string& input = "")
{
    return fresh_stack().admin(arguments, input);
}

} // namespace

TEST_CASE("STILE-flow-59 check reports no problem for what make run starts, and otherwise names the problem")
{
    const auto sound = admin({"check"});
    CAPTURE(sound.output, sound.errors);
    CHECK(sound.status == 0);
    CHECK_FALSE(sound.output.contains("PROBLEM"));
    Stack careless;
    HttpClient client(careless.base_url());
    std::ofstream(careless.dir() + "/stile.env", std::ios::app) << "STILE_CODE_TTL=soon\n";
    const auto wrong = careless.admin({"check"});
    CHECK(wrong.status != 0);
    CHECK((wrong.output + wrong.errors).contains("STILE_CODE_TTL must be a number of seconds"));
}

namespace {

// What `nginx -T` prints of the stack's own nginx, with one thing changed.
std::string nginx_with(const Stack& stack, const std::string& what, const std::string& instead)
{
    const auto dump =
        run_program({"/usr/sbin/nginx", "-T", "-p", stack.dir(), "-c", stack.dir() + "/nginx.conf"}, {}, "").output;
    REQUIRE(dump.contains(what));
    const auto changed = dump.substr(0, dump.find(what)) + instead + dump.substr(dump.find(what) + what.size());
    const auto file = stack.dir() + "/nginx.txt";
    std::ofstream(file) << changed;
    return file;
}

} // namespace

TEST_CASE("STILE-flow-70 check reports nginx settings that would starve clients or send a request twice")
{
    const auto& stack = fresh_stack();
    const auto [what, instead, problem] = GENERATE(table<std::string, std::string, std::string>({
        {"fastcgi_keep_conn off", "fastcgi_keep_conn off", ""},
        {"fastcgi_keep_conn off", "fastcgi_keep_conn 'on'", "fastcgi_keep_conn is on"},
        {"fastcgi_keep_conn off", "# fastcgi_keep_conn on;\nfastcgi_keep_conn off", ""},
        {"token.sock; }", "token.sock; keepalive 8; }", "upstream stile_token has keepalive"},
        {"token.sock; }", "token.sock max_conns=8; }", "upstream stile_token has max_conns"},
        {"fastcgi_next_upstream error", "fastcgi_next_upstream error non_idempotent",
         "a refresh token would be sent twice"},
        {"fastcgi_request_buffering on", "fastcgi_request_buffering off", "fastcgi_request_buffering is off"},
        {"fastcgi_pass_request_headers off", "fastcgi_pass_request_headers on", "fastcgi_pass_request_headers is on"},
        // What other applications do behind the same nginx is theirs.
        {"fastcgi_pass stile_token;",
         "fastcgi_pass stile_token; } location /php { fastcgi_keep_conn on; fastcgi_pass php;", ""},
        {"fastcgi_pass stile_token;", "fastcgi_pass stile_token; fastcgi_keep_conn on;", "fastcgi_keep_conn is on"},
    }));
    CAPTURE(what, instead);
    const auto ran = stack.admin({"check", "--nginx", nginx_with(stack, what, instead)});
    CAPTURE(ran.output, ran.errors);
    CHECK(ran.status == (problem.empty() ? 0 : 1));
    CHECK(ran.output.contains("PROBLEM  ") == !problem.empty());
    CHECK(ran.output.contains(problem));
    CHECK(ran.output.contains("nginx forwards each request once") == problem.empty());
}

TEST_CASE("STILE-flow-71 check reports an nginx configuration without Stile")
{
    const auto file = fresh_stack().dir() + "/other.txt";
    std::ofstream(file) << "http { server { location / { fastcgi_pass php; } } }";
    const auto ran = fresh_stack().admin({"check", "--nginx", file});
    CHECK(ran.status == 1);
    CHECK(ran.output.contains("include stile/stile.conf"));
    CHECK(ran.output.contains("include stile/upstreams.conf"));
}
