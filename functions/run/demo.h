// The demo of `make run`: a web client and a protected API that use the server over HTTP, and the records for them and for
// the transcript of README.md.
#pragma once

#include "functions/run/admin.h"
#include "functions/run/process.h"
#include "functions/run/run_folder.h"
#include "shared/base/result.h"

#include <string>
#include <vector>

namespace stile::run {

struct DemoClient {
    std::string secret;
    std::string redirect_uri;
    bool is_kept; // the secret is that of an earlier run
};

// The client with the secret that an earlier run kept in the folder, or with a new one.
DemoClient demo_client(const std::string& issuer, const RunFolder& folder);

// The two programs. The caller passes `programs`, the folder of the executables, and `authority`, the file of the
// certificate authority or "". The error is one line.
Expected<std::vector<Command>, std::string> demo_commands(const std::string& issuer, const std::string& authority,
                                                          const DemoClient& client, const std::string& programs,
                                                          const RunFolder& folder);

// Registers the clients `test_client` and `demo` and the user `admin` unless an earlier run has. `demo` is registered again
// when the port changed or its secret is lost. The error is one line.
Expected<void, std::string> register_demo(const DemoClient& client, const Admin& admin, const RunFolder& folder);

} // namespace stile::run
