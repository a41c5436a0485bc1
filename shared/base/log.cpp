#include "shared/base/log.h"

#include "shared/base/text.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <vector>

namespace stile {

namespace {

// The batch of what runs in this thread; lines are collected in it while it exists.
thread_local LogBatch* batch = nullptr;

constexpr std::size_t whole_at_once = 4096; // bytes: PIPE_BUF, pipe(7)
constexpr std::size_t longest_value = 500; // bytes: enough for every field of Stile, and a bound for all others

bool is_plain(char c)
{
    return is_vschar(c) && c != '"' && c != '\\';
}

// Most values are plain; for the rest: bytes that are not UTF-8 become U+FFFD, control characters are escaped.
void append_quoted(std::string& line, std::string_view text)
{
    if (all_of(text, is_plain))
        line.append("\"").append(text).append("\"");
    else
        line.append(nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
}

// A log that cannot be written must not stop the server.
void write_to(int descriptor, std::string_view text)
{
    [[maybe_unused]] const auto written = ::write(descriptor, text.data(), text.size());
}

} // namespace

std::string json_line(std::span<const LogField> fields, std::span<const LogNumber> numbers)
{
    std::string line;
    for (const auto& [name, value] : fields) {
        if (value.empty())
            continue;
        line.append(line.empty() ? "{\"" : ",\"").append(name).append("\":");
        append_quoted(line, value.substr(0, longest_value));
    }
    for (const auto& [name, value] : numbers)
        line.append(line.empty() ? "{\"" : ",\"").append(name).append("\":").append(std::to_string(value));
    return line.append(line.empty() ? "{}\n" : "}\n");
}

Log::Log(std::string function, int descriptor) : m_function(std::move(function)), m_descriptor(descriptor) {}

void Log::info(std::string_view event, std::initializer_list<LogField> fields) const
{
    write("info", event, fields);
}

void Log::warning(std::string_view event, std::initializer_list<LogField> fields) const
{
    write("warning", event, fields);
}

void Log::error(std::string_view event, std::initializer_list<LogField> fields) const
{
    write("error", event, fields);
}

void Log::write(std::string_view level, std::string_view event, std::initializer_list<LogField> fields) const
{
    // The log uses the real time even if a test sets its own.
    const auto time = rfc3339(SystemClock().now());
    std::vector<LogField> all = {{"time", time}, {"level", level}, {"function", m_function}, {"event", event}};
    all.insert(all.end(), fields);
    line(all);
}

void Log::line(std::span<const LogField> fields, std::span<const LogNumber> numbers) const
{
    const auto text = json_line(fields, numbers);
    if (batch != nullptr)
        batch->add(text);
    else
        write_to(m_descriptor, text);
}

LogBatch* LogBatch::exchange(LogBatch* next)
{
    return std::exchange(batch, next);
}

LogBatch::LogBatch(const Log& log) : m_log(log)
{
    batch = this;
}

LogBatch::~LogBatch()
{
    batch = nullptr;
    flush();
}

void LogBatch::add(std::string_view line)
{
    if (m_lines.size() + line.size() > whole_at_once)
        flush();
    m_lines.append(line);
}

void LogBatch::flush()
{
    if (!m_lines.empty())
        write_to(m_log.m_descriptor, m_lines);
    m_lines.clear();
}

} // namespace stile
