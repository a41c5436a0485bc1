#include "shared/base/strict_json.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace stile {

namespace {

constexpr int depth_limit = 8;

// Checks each member's name as it is read: the finished object no longer has the first of two.
class Referee {
public:
    bool operator()(int depth, nlohmann::json::parse_event_t event, nlohmann::json& parsed)
    {
        using Event = nlohmann::json::parse_event_t;
        if (event == Event::object_start)
            m_names.emplace_back();
        else if (event == Event::object_end)
            m_names.pop_back();
        else if (event == Event::key && !m_names.back().insert(parsed.get<std::string>()).second)
            m_refused = true;
        if (depth > depth_limit)
            m_refused = true;
        return true;
    }
    bool refused() const { return m_refused; }

private:
    std::vector<std::set<std::string>> m_names; // of the open objects
    bool m_refused = false;
};

} // namespace

std::optional<nlohmann::json> parse_strict_object(std::string_view text, std::size_t size_limit)
{
    // The parser treats a NUL as the end and skips a byte order mark; RFC 8259 §2 and §8.1 allow neither.
    if (text.size() > size_limit || text.contains('\0') || text.starts_with("\xef\xbb\xbf"))
        return std::nullopt;
    Referee referee;
    auto object = nlohmann::json::parse(text, std::ref(referee), false);
    if (referee.refused() || !object.is_object())
        return std::nullopt;
    return object;
}

} // namespace stile
