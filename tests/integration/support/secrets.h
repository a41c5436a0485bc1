// Every secret that this test program has sent or was handed: at the end of each set (stack.h) all that it has written is
// searched for them (leaks.py). The HTTP client and the admin command remember by themselves.
#pragma once

#include "tests/integration/support/http_client.h"

#include <string>
#include <vector>

namespace stile::test {

// `kind` is the name of the parameter, member or header that carried it. Thread-safe.
void remember_secret(const std::string& kind, const std::string& value);

// All in a request and its answer: credentials, codes, tokens, states, cookies, fields of forms.
void remember_exchange(const std::string& path, const Headers& headers, const std::string& body, const Answer& answer);

// All on the command line of `stile` and in what it says.
void remember_command(const std::vector<std::string>& arguments, const std::string& input, const std::string& output);

// Searches the folder of a set that has ended. A find fails the test that is running; when none is, as at the end of the
// program, it becomes a line on stderr and the program's exit status.
void check_nothing_leaked(const std::string& folder);

} // namespace stile::test
