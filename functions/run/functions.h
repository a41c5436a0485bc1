// The functions that a run starts.
#pragma once

#include "functions/run/process.h"
#include "functions/run/run_folder.h"
#include "shared/base/result.h"

#include <string>
#include <vector>

namespace stile::run {

// The functions of the source tree `root`, sorted: "authorize", "consent" …
std::vector<std::string> function_names(const std::string& root);

// The command of a function or of a part of the demo, with a new listening socket NAME.sock. `programs` is the folder of
// the executables. The error is one line.
Expected<Command, std::string> function_command(const std::string& name, const std::string& programs,
                                                const RunFolder& folder);

} // namespace stile::run
