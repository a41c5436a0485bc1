#include "functions/stile/check/report.h"

namespace stile::admin {

void CheckReport::good(const std::string& what)
{
    m_rows.push_back({"ok       " + what, {{"finding", "ok"}, {"text", what}}});
}

void CheckReport::note(const std::string& what)
{
    m_rows.push_back({"note     " + what, {{"finding", "note"}, {"text", what}}});
}

void CheckReport::problem(const std::string& what)
{
    m_rows.push_back({"PROBLEM  " + what, {{"finding", "problem"}, {"text", what}}});
    ++m_problems;
}

void CheckReport::require(bool condition, const std::string& good_news, const std::string& what_to_do)
{
    condition ? good(good_news) : problem(what_to_do);
}

} // namespace stile::admin
