#include "shared/base/log.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <ctime>

namespace stile {

namespace {

// RFC 3339, UTC, seconds. The log states real time even where a test states its own.
std::string timestamp()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::string text(20, '\0');
    std::strftime(text.data(), text.size() + 1, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

} // namespace

Log::Log(std::string function, int descriptor) : m_function(std::move(function)), m_descriptor(descriptor) {}

void Log::info(std::string_view event, std::initializer_list<LogField> fields) const
{
    write("info", event, fields);
}

void Log::warning(std::string_view event, std::initializer_list<LogField> fields) const
{
    write("warning", event, fields);
}

void Log::write(std::string_view level, std::string_view event, std::initializer_list<LogField> fields) const
{
    nlohmann::ordered_json line = {{"time", timestamp()}, {"level", level}, {"function", m_function}, {"event", event}};
    for (const auto& [name, value] : fields)
        if (!value.empty())
            line[std::string(name)] = value;
    // Bytes that are not UTF-8 become U+FFFD; control characters are escaped, so a line stays a line.
    const std::string text = line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    // A log that cannot be written must not stop the server.
    [[maybe_unused]] const auto written = ::write(m_descriptor, text.data(), text.size());
}

} // namespace stile
