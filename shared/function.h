// What every functions/*/main.cpp does: read the configuration, build a Context a thread, serve.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile {

enum class Pages { none, rendered };
enum class Signs { no, yes }; // who signs needs the master key of the signing keys

// Runs until SIGTERM; gives the exit status of the process. Whatever prevents the start is one line on stderr.
int run_function(const char* name, Response (*handle)(const Request&, Context&), Pages pages, int argc, char** argv,
                 Signs signs = Signs::no);

} // namespace stile
