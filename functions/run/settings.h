// The settings of a run: the environment of its processes, and stile.env for the admin command of another shell.
#pragma once

#include "functions/run/run_folder.h"
#include "shared/base/result.h"
#include "shared/config.h"

#include <string>

namespace stile::run {

// Sets what the run decides in the environment of this process, which its children inherit, and keeps what the caller
// set. Makes a master key unless the caller gave one. Writes stile.env. `redis` is the address for the admin command. The
// error is one line, also for a setting of the caller with a wrong value.
Expected<Config, std::string> prepare_settings(const RunFolder& folder, const std::string& issuer,
                                               const std::string& pages, const std::string& redis);

} // namespace stile::run
