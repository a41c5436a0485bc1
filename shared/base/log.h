// Writes one JSON object per line to stderr, for journald or a terminal. Callers name the fields one by one; a Secret
// does not convert to a field.
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

// The fields as one JSON object, in their order, then the numbers, and a line feed. Empty fields are left out, long
// ones are truncated; no field value can begin another line.
std::string json_line(std::span<const LogField> fields, std::span<const LogNumber> numbers = {});

// Thread-safe: each line is one write(2), except those that a LogBatch collects.
class Log {
public:
    // `function` is the name of the executable ("token"); lines are written to `descriptor`.
    explicit Log(std::string function, int descriptor = 2);

    void info(std::string_view event, std::initializer_list<LogField> fields) const;
    void warning(std::string_view event, std::initializer_list<LogField> fields) const;
    void error(std::string_view event, std::initializer_list<LogField> fields) const;

    // Writes a complete line; the audit trail formats its own (oauth/event.h).
    void line(std::span<const LogField> fields, std::span<const LogNumber> numbers = {}) const;

    const std::string& function() const { return m_function; }

private:
    friend class LogBatch;

    void write(std::string_view level, std::string_view event, std::initializer_list<LogField> fields) const;

    std::string m_function;
    int m_descriptor;
};

// Collects the log lines of its thread or fiber while it exists, and writes them in its destructor: with one write(2) if
// they fit into what is written atomically. Must not be nested.
class LogBatch {
public:
    // For the engine, which switches between fibers within a thread: the lines go to `next` from now on; gives the batch
    // that they went to. Null: to none.
    static LogBatch* exchange(LogBatch* next);

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
