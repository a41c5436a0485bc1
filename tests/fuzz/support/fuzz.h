// What every target shares. A target is one file: it defines fuzz(), which is called with one input after the other,
// and states with HOLDS what must be true of the answer besides that there is one.
#pragma once

#include <string_view>
#include <vector>

namespace stile::fuzz {

// Defined by the target.
void fuzz(std::string_view input);

[[noreturn]] void fails(const char* what, const char* file, int line);

// The input's lines: as many as `count`, the last with the rest; empty ones where the input has less.
std::vector<std::string_view> lines(std::string_view input, std::size_t count);

// Is it UTF-8 (RFC 3629), no surrogates, nothing overlong?
bool is_utf8(std::string_view text);

} // namespace stile::fuzz

// Ends the run when the condition is false; libFuzzer then keeps the input.
#define HOLDS(...) (static_cast<bool>(__VA_ARGS__) ? void() : stile::fuzz::fails(#__VA_ARGS__, __FILE__, __LINE__))
