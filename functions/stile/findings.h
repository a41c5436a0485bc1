// What `stile check` finds, and what to do about it.
#pragma once

#include "functions/stile/command.h"

#include <string>

namespace stile::admin {

class Findings {
public:
    void good(const std::string& what);
    void note(const std::string& what);
    void problem(const std::string& what);
    void require(bool condition, const std::string& good_news, const std::string& what_to_do);
    // As rows, a line each.
    const std::vector<Row>& rows() const { return m_rows; }
    int problems() const { return m_problems; }
    int status() const { return m_problems == 0 ? done : failed; }

private:
    std::vector<Row> m_rows;
    int m_problems = 0;
};

// Its version, memory, persistence and clock.
Result<void> check_redis(Workplace& workplace, Findings& findings);

// That there is a key for each signature that a client has registered.
Result<void> check_keys(Workplace& workplace, Findings& findings);

// The users of Redis: that nobody gets in without a password, and that Stile's may do what they need and no more.
Result<void> check_redis_users(Workplace& workplace, Findings& findings);

// nginx's configuration, as `nginx -T` printed it into the file at `path` ("-": standard input).
void check_nginx(const std::string& path, Findings& findings);

} // namespace stile::admin
