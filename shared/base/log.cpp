#include "shared/base/log.h"

#include "shared/base/text.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <vector>

namespace stile {

namespace {

constexpr std::size_t longest_value = 500; // bytes: enough for every field of ours, and a bound for all others

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

} // namespace

std::string json_line(std::span<const LogField> fields)
{
    std::string line;
    for (const auto& [name, value] : fields) {
        if (value.empty())
            continue;
        line.append(line.empty() ? "{\"" : ",\"").append(name).append("\":");
        append_quoted(line, value.substr(0, longest_value));
    }
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
    // The log states real time even where a test states its own.
    const auto time = rfc3339(SystemClock().now());
    std::vector<LogField> all = {{"time", time}, {"level", level}, {"function", m_function}, {"event", event}};
    all.insert(all.end(), fields);
    line(all);
}

void Log::line(std::span<const LogField> fields) const
{
    const auto text = json_line(fields);
    // A log that cannot be written must not stop the server.
    [[maybe_unused]] const auto written = ::write(m_descriptor, text.data(), text.size());
}

} // namespace stile
