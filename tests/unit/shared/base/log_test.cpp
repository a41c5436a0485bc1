#include "shared/base/log.h"

#include "tests/support/catch.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <regex>
#include <thread>

using namespace stile;
using namespace std::string_literals;

namespace {

// The output of a log that writes into a pipe.
class LogPipe {
public:
    LogPipe() { REQUIRE(::pipe(m_ends.data()) == 0); }
    ~LogPipe()
    {
        ::close(m_ends[0]);
        ::close(m_ends[1]);
    }

    Log log() const { return Log("token", m_ends[1]); }
    std::string written() const
    {
        std::string text(4096, '\0');
        const auto length = ::read(m_ends[0], text.data(), text.size());
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
        return text;
    }

private:
    std::array<int, 2> m_ends{};
};

} // namespace

TEST_CASE("STILE-log-1 a line is one JSON object with time, level, function, event and the fields in order")
{
    const LogPipe pipe;
    pipe.log().info("issued", {{"client", "abc"}, {"grant", "g1"}});
    const std::string line = pipe.written();
    CHECK(std::regex_match(line, std::regex(R"(\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ","level":"info",)"
                                            R"("function":"token","event":"issued","client":"abc","grant":"g1"\}\n)")));
    pipe.log().warning("refused", {});
    CHECK(nlohmann::json::parse(pipe.written())["level"] == "warning");
}

TEST_CASE("STILE-log-2 empty fields are left out")
{
    const LogPipe pipe;
    pipe.log().info("issued", {{"client", ""}, {"grant", "g1"}});
    const auto line = nlohmann::json::parse(pipe.written());
    CHECK_FALSE(line.contains("client"));
    CHECK(line["grant"] == "g1");
}

TEST_CASE("STILE-log-3 no field value can begin another line")
{
    const auto [name, value] = GENERATE(table<std::string, std::string>({
        {"line feed", "a\n{\"event\":\"forged\"}"s},
        {"carriage return", "a\rb"s},
        {"NUL", "a\0b"s},
        {"quote and backslash", "a\"},\\"s},
        {"line separator U+2028", "a\xe2\x80\xa8"s},
        {"not UTF-8", "a\xff\xfe"s},
        {"escape sequence of a terminal", "a\x1b[2J"s},
    }));
    CAPTURE(name);
    const LogPipe pipe;
    pipe.log().info("refused", {{"detail", value}});
    const std::string line = pipe.written();
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(std::ranges::all_of(line.substr(0, line.size() - 1), [](char c) { return c >= 0x20 && c < 0x7f; }));
    CHECK(nlohmann::json::parse(line)["event"] == "refused");
}

TEST_CASE("STILE-log-5 a long value is truncated, and the line stays valid")
{
    const LogPipe pipe;
    pipe.log().error("request failed", {{"detail", std::string(499, 'a') + "\xe2\x80\xa8" + std::string(5000, 'a')}});
    const auto line = nlohmann::json::parse(pipe.written());
    CHECK(line["level"] == "error");
    CHECK(line["detail"] == std::string(499, 'a') + "\xef\xbf\xbd");
}

TEST_CASE("STILE-log-4 a log that cannot be written does not stop the function")
{
    const Log log("token", -1);
    CHECK_NOTHROW(log.info("issued", {}));
    CHECK(log.function() == "token");
}

TEST_CASE("STILE-log-batch-1 collected lines are written at the end, in one write and in their order")
{
    const LogPipe pipe;
    const auto log = pipe.log();
    {
        const LogBatch batch(log);
        log.info("first", {});
        log.info("second", {});
        log.info("third", {});
        std::thread([&] { log.info("other", {}); }).join();
        CHECK(pipe.written().find("\"event\":\"other\"") != std::string::npos);
    }
    const auto text = pipe.written();
    CHECK(text.find("first") < text.find("second"));
    CHECK(std::ranges::count(text, '\n') == 3);
    log.info("after", {});
    CHECK(pipe.written().contains("after"));
}

TEST_CASE("STILE-log-batch-2 no more lines are collected than one atomic write can hold")
{
    const LogPipe pipe;
    const auto log = pipe.log();
    const std::string detail(400, 'x');
    {
        const LogBatch batch(log);
        for (int i = 0; i < 12; ++i)
            log.info("long", {{"detail", detail}});
        const auto text = pipe.written();
        CHECK(text.size() > 3000);
        CHECK(text.ends_with("}\n"));
    }
    CHECK(pipe.written().ends_with("}\n"));
}

TEST_CASE("STILE-log-numbers-1 numbers are written after the fields, without quotes")
{
    const std::array fields = {LogField{"event", "request"}};
    const std::array numbers = {LogNumber{"status", 200}, LogNumber{"duration_us", -1}};
    CHECK(json_line(fields, numbers) == "{\"event\":\"request\",\"status\":200,\"duration_us\":-1}\n");
    CHECK(json_line({}, numbers) == "{\"status\":200,\"duration_us\":-1}\n");
}
