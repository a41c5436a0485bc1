// What `stile check` found, and how to fix it.
#pragma once

#include "functions/stile/command.h"

#include <string>

namespace stile::admin {

class CheckReport {
public:
    void good(const std::string& what);
    void note(const std::string& what);
    void problem(const std::string& what);
    void require(bool condition, const std::string& good_news, const std::string& what_to_do);
    const std::vector<Row>& rows() const { return m_rows; }
    int problems() const { return m_problems; }
    int status() const { return m_problems == 0 ? done : failed; }

private:
    std::vector<Row> m_rows;
    int m_problems = 0;
};

} // namespace stile::admin
