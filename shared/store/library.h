// The library of redis/ as it is built in; make generates the definitions (redis/library.awk). Immutable: safe to read from
// any thread.
#pragma once

#include <span>
#include <string_view>

namespace stile {

std::string_view library_code(); // for FUNCTION LOAD
std::string_view library_version(); // "_" and a digest of the code; ends the name of every function in it

// What a step takes, by the names that its Lua file gives. Step (step.h) puts calls together by it.
struct StepDeclaration {
    std::string_view name; // without the version
    std::span<const std::string_view> keys; // none: any number of keys
    std::span<const std::string_view> arguments;
    bool takes_fields; // field, value, … after the arguments
    bool only_reads; // by FCALL_RO
};
std::span<const StepDeclaration> library_steps();

} // namespace stile
