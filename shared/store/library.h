// The built-in library of redis/; make generates the definitions (redis/library.awk). Immutable: safe to read from any
// thread.
#pragma once

#include <span>
#include <string_view>

namespace stile {

std::string_view library_code(); // for FUNCTION LOAD
std::string_view library_version(); // "_" and a digest of the code; the suffix of every function name in it

// The keys and arguments of a step, by the names in its Lua file. Step (step.h) builds calls from it.
struct StepDeclaration {
    std::string_view name; // without the version
    std::span<const std::string_view> keys; // empty: any number of keys
    std::span<const std::string_view> arguments;
    bool takes_fields; // field, value, … after the arguments
    bool only_reads; // called by FCALL_RO
};
std::span<const StepDeclaration> library_steps();

} // namespace stile
