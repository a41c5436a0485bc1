// The output of a command, stated once: lines of text or, with --json, one document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace stile::admin {

// A value that is JSON text already.
struct Json {
    std::string text;
};

using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>, Json>;

struct Field {
    std::string name;
    Value value;
    std::optional<std::string> shown{}; // as text, in place of the value; "" leaves the line out
};
using Entry = std::vector<Field>;

// One of several: its line, and the same as an object.
struct Row {
    std::string line;
    Entry entry;
};

// An object, in ASCII.
std::string to_json(const Entry& entry);

// "1 session", "2 sessions".
std::string counted(std::size_t number, const std::string& singular);

// The values of an entry side by side.
Row row_of(Entry entry);

class Printer {
public:
    explicit Printer(bool json) : m_json(json) {}

    // One record: a line "name: value" for each field, and for each element of a list ("redirect_uri: …" of
    // redirect_uris). Or an object.
    void thing(const Entry& entry) const;
    // The result of an action: a sentence, or an object.
    void report(const std::string& sentence, const Entry& entry) const;
    // A line for each row, or an array of objects.
    void list(const std::vector<Row>& rows) const;
    // A line, or an object on one line: for output that goes on.
    void item(const Row& row) const;
    // Only in text: a heading, a hint.
    void aside(const std::string& line) const;

private:
    bool m_json;
};

} // namespace stile::admin
