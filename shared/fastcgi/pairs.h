// Name-value pairs as FastCGI encodes them, one after the other (FastCGI 1.0 §3.4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stile {

// Views into the text that they were cut off.
struct NameValuePair {
    std::string_view name;
    std::string_view value;
};

// Cuts the first pair off `pairs`. Nothing if it is not there completely; then `pairs` is of no use any more.
std::optional<NameValuePair> cut_pair(std::string_view& pairs);

// The value of the first pair of that name, if nothing before it is malformed; otherwise empty.
std::string_view value_of(std::string_view pairs, std::string_view name);

// CONTENT_LENGTH in bytes. What is no number announces no body.
std::size_t announced_length(std::string_view params);

// A parameter is what a CGI program finds in its environment, where a C string ends at a NUL.
std::string_view up_to_nul(std::string_view value);

// Appends a pair whose name and value are shorter than 128 bytes.
void append_short_pair(std::string& to, const NameValuePair& pair);

} // namespace stile
