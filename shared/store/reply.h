// Replies of Redis, copied from hiredis, and records read from them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

struct Reply {
    bool is_nil = false;
    std::int64_t integer = 0;
    std::string text;
    std::vector<Reply> elements;
};

// A hash as returned by HGETALL.
class Record {
public:
    explicit Record(Reply&& reply);

    bool exists() const { return !m_fields.empty(); }
    // Empty if the field is absent.
    const std::string& operator[](std::string_view field) const;
    std::int64_t number(std::string_view field) const; // 0 if absent
    const std::vector<std::pair<std::string, std::string>>& fields() const& { return m_fields; }
    void fields() && = delete; // would dangle

private:
    std::vector<std::pair<std::string, std::string>> m_fields;
};

} // namespace stile
