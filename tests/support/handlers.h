// The handler of every endpoint by its name. make writes the table from the list of endpoints, as build/obj/handlers.cpp.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <span>
#include <string_view>

namespace stile::test {

struct Handler {
    std::string_view endpoint; // "token"
    Response (*handle)(const Request&, Context&);
};

std::span<const Handler> handlers();

} // namespace stile::test
