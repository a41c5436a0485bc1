// What a command has to say, once: as lines for people or, with --json, as one document for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace stile::admin {

// A value that is JSON already.
struct Json {
    std::string text;
};

using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>, Json>;

struct Field {
    std::string name;
    Value value;
    std::optional<std::string> shown{}; // to people, in place of the value; "" keeps it from them
};
using Entry = std::vector<Field>;

// One of several: a line, and what it says.
struct Row {
    std::string line;
    Entry entry;
};

// An object, in ASCII.
std::string to_json(const Entry& entry);

// The values of an entry side by side.
Row row_of(Entry entry);

class Printer {
public:
    explicit Printer(bool json) : m_json(json) {}

    // One thing: a line "name: value" a field; of a list a line an element ("redirect_uri: …" of redirect_uris). Or an
    // object.
    void thing(const Entry& entry) const;
    // What was done: a sentence, or an object.
    void report(const std::string& sentence, const Entry& entry) const;
    // A line each, or an array of objects.
    void list(const std::vector<Row>& rows) const;
    // A line, or an object on a line, for what comes one by one.
    void item(const Row& row) const;
    // For people alone: a heading, a hint.
    void aside(const std::string& line) const;

private:
    bool m_json;
};

} // namespace stile::admin
