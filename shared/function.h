// What every functions/*/main.cpp does: read the configuration, build a Context a thread, serve.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <memory>
#include <string>

namespace stile {

using LoadTemplates = std::shared_ptr<const Templates> (*)(const PageFiles& files);

enum class Signs { no, yes }; // who signs needs the master key of the signing keys

struct Function {
    const char* name; // of its folder; the program is stile-<name>
    const char* purpose; // half a sentence, for --help and the man page
    Response (*handle)(const Request&, Context&);
    // Functions with pages name load_templates (html.h); the others do without, and do not link the template engine.
    LoadTemplates load_templates = nullptr;
    Signs signs = Signs::no;
    std::unique_ptr<Background> (*background)() = nullptr; // for what is not done for a request
};

// Runs until SIGTERM; gives the exit status of the process. Whatever prevents the start is one line on stderr.
int run_function(const Function& function, int argc, char** argv);

} // namespace stile
