#include "functions/stile/suggest.h"

#include "shared/base/text.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace stile::admin {

namespace {

// The number of letters to insert, delete or change to turn one into the other (Levenshtein).
std::size_t distance(const std::string& a, const std::string& b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

} // namespace

std::string did_you_mean(const std::string& wrong, const std::vector<std::string>& names)
{
    constexpr std::size_t enough = 3;
    const auto meant = to_lower(wrong);
    const std::size_t tolerance = (meant.size() + 2) / 3;
    std::vector<std::pair<std::size_t, std::string>> near;
    for (const auto& name : names) {
        const auto known = to_lower(name);
        const auto away = known.starts_with(meant) ? 0 : distance(meant, known);
        if (away <= tolerance)
            near.emplace_back(away, name);
    }
    std::ranges::sort(near);
    std::vector<std::string> nearest;
    for (const auto& [away, name] : near)
        if (nearest.size() < enough)
            nearest.push_back(name);
    return nearest.empty() ? "" : "; did you mean " + join(nearest, " or ") + "?";
}

Result<int> no_client(const std::string& id, AdminContext& context)
{
    return print_error(not_found, "no client " + id + did_you_mean(id, TRY(context.clients.list())));
}

Result<int> no_user(const std::string& name, AdminContext& context)
{
    return print_error(not_found, "no user " + name + did_you_mean(name, TRY(context.users.list())));
}

} // namespace stile::admin
