// Names that somebody may have meant.
#pragma once

#include "functions/stile/command.h"

#include <string>
#include <vector>

namespace stile::admin {

// "; did you mean shop or shops?", or nothing when no name is near.
std::string did_you_mean(const std::string& wrong, const std::vector<std::string>& names);

// "no client shpo; did you mean shop?", and the status of it.
Result<int> no_client(const std::string& id, Workplace& workplace);
Result<int> no_user(const std::string& name, Workplace& workplace);

} // namespace stile::admin
