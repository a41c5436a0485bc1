// The demo of `make run`: a web client and a protected API that use the server as strangers would.
#pragma once

#include "functions/run/processes.h"
#include "shared/base/result.h"

#include <functional>
#include <string>
#include <vector>

namespace stile::run {

struct DemoClient {
    std::string secret;
    std::string redirect_uri;
    bool is_kept; // the secret is that of an earlier run
};

// The client with the secret in `file`, or with a new one.
DemoClient demo_client(const std::string& issuer, const std::string& file);

// The two functions; the caller adds programs, sockets and logs. What they need to know goes to them alone.
// `authority`: the file with that of the issuer's certificate, or empty.
std::vector<Command> demo_functions(const std::string& issuer, const std::string& authority, const DemoClient& client);

// The admin command with these arguments; "-" among them stands for `secret`. Gives its exit status.
using RunAdmin = std::function<int(Words arguments, const std::string& log, const std::string& secret)>;

// Registers the client by the admin command, anew when it is registered for another port or with a secret that is
// lost, and keeps its secret in `file` (mode 600). `log` takes the output, `answer` that of `client show`.
bool register_client(const DemoClient& client, const RunAdmin& admin, const std::string& file, const std::string& log,
                     const std::string& answer);

} // namespace stile::run
