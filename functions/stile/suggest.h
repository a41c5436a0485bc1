// Suggestions for a name that does not exist.
#pragma once

#include "functions/stile/command.h"

#include <string>
#include <vector>

namespace stile::admin {

// "; did you mean shop or shops?", with at most three of `names`; empty if none is similar.
std::string did_you_mean(const std::string& wrong, const std::vector<std::string>& names);

// Prints "no client shpo; did you mean shop?". Gives the exit status.
Result<int> no_client(const std::string& id, AdminContext& context);
Result<int> no_user(const std::string& name, AdminContext& context);

} // namespace stile::admin
