// Records every secret that this test program has sent or received: at the end of each instance (stack.h) its files are
// searched for them (leaks.py). The HTTP client and the admin command record them automatically.
#pragma once

#include "tests/integration/support/http_client.h"

#include <string>
#include <vector>

namespace stile::test {

// `kind` is the name of the parameter, member or header with the secret. Thread-safe.
void remember_secret(const std::string& kind, const std::string& value);

// All secrets of a request and its response: credentials, codes, tokens, states, cookies, fields of forms.
void remember_exchange(const std::string& path, const Headers& headers, const std::string& body, const Answer& answer);

// All secrets on the command line of `stile` and in its output.
void remember_command(const std::vector<std::string>& arguments, const std::string& input, const std::string& output);

// Searches the folder of an instance that has ended. A find fails the running test; without one, as at the end of the
// program, it is a line on stderr and the program's exit status.
void check_nothing_leaked(const std::string& folder);

} // namespace stile::test
