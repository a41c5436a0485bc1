// The common part of functions/*/main.cpp: reads the configuration, builds a Context, serves.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <memory>
#include <string>

namespace stile {

using LoadTemplates = std::shared_ptr<const Templates> (*)(const PageFiles& files);

enum class Signs { no, yes }; // a function that signs needs the master key of the signing keys

struct Function {
    const char* name; // of its folder; the program is stile-<name>
    const char* purpose; // half a sentence, for --help and the man page
    Response (*handle)(const Request&, Context&);
    // Functions with pages set load_templates (pages/engine.h). The others do not link the template engine.
    LoadTemplates load_templates = nullptr;
    Signs signs = Signs::no;
    std::unique_ptr<BackgroundTask> (*background)() = nullptr; // creates the background task
};

// Runs until SIGTERM and returns the exit status. An error that prevents the start is one line on stderr.
int run_function(const Function& function, int argc, char** argv);

} // namespace stile
