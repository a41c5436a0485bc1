// What every functions/*/main.cpp does: read the configuration, build a Context a thread, serve.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <memory>
#include <string>

namespace stile {

// Functions with pages pass load_templates (html.h); the others do without, and do not link the template engine.
using LoadTemplates = std::shared_ptr<const Templates> (*)(const std::string& folder);
constexpr LoadTemplates no_pages = nullptr;

enum class Signs { no, yes }; // who signs needs the master key of the signing keys

// Runs until SIGTERM; gives the exit status of the process. Whatever prevents the start is one line on stderr.
int run_function(const char* name, Response (*handle)(const Request&, Context&), LoadTemplates pages, int argc,
                 char** argv, Signs signs = Signs::no);

} // namespace stile
