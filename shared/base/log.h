// One JSON object a line on stderr, where journald or a terminal picks it up.
// Whoever logs names fields one by one; nothing of type Secret converts to a field.
#pragma once

#include "shared/base/clock.h"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace stile {

using LogField = std::pair<std::string_view, std::string_view>;

using LogNumber = std::pair<std::string_view, std::int64_t>;

// The fields as one JSON object, in their order, then the numbers, and a line feed. Empty fields are left out, long ones
// are cut; nothing in a field can begin another line.
std::string json_line(std::span<const LogField> fields, std::span<const LogNumber> numbers = {});

// Thread-safe: each line is one write(2), but for those that a LogBatch gathers.
class Log {
public:
    // `function` is the name of the executable ("token"); `descriptor` where lines go.
    explicit Log(std::string function, int descriptor = 2);

    void info(std::string_view event, std::initializer_list<LogField> fields) const;
    void warning(std::string_view event, std::initializer_list<LogField> fields) const;
    void error(std::string_view event, std::initializer_list<LogField> fields) const;

    // A line as it is; the audit trail makes its own (oauth/event.h).
    void line(std::span<const LogField> fields, std::span<const LogNumber> numbers = {}) const;

    const std::string& function() const { return m_function; }

private:
    friend class LogBatch;

    void write(std::string_view level, std::string_view event, std::initializer_list<LogField> fields) const;

    std::string m_function;
    int m_descriptor;
};

// While it lives the lines of its thread gather in it; they are written at its end, with one write(2) where they are no
// longer than what others cannot tear apart. Not to be nested.
class LogBatch {
public:
    explicit LogBatch(const Log& log);
    ~LogBatch();
    LogBatch(const LogBatch&) = delete;
    LogBatch& operator=(const LogBatch&) = delete;

    void add(std::string_view line);

private:
    void flush();

    const Log& m_log;
    std::string m_lines;
};

} // namespace stile
