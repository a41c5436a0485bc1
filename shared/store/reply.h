// What Redis answers, copied out of hiredis, and records read from it.
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

// A hash as HGETALL gives it.
class Record {
public:
    explicit Record(Reply&& reply);

    bool exists() const { return !m_fields.empty(); }
    // Empty when the field is absent.
    const std::string& operator[](std::string_view field) const;
    std::int64_t number(std::string_view field) const; // 0 when absent
    const std::vector<std::pair<std::string, std::string>>& fields() const& { return m_fields; }
    void fields() && = delete; // would dangle

private:
    std::vector<std::pair<std::string, std::string>> m_fields;
};

} // namespace stile
