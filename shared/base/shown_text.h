// Text that is shown to people: on pages, in title bars, on terminals.
#pragma once

#include <string>
#include <string_view>

namespace stile {

// Whether the text is UTF-8, and looks like what it is: without control characters (C0, DEL, C1, the line and paragraph
// separators), characters that change the direction of text (Unicode UAX 9), characters without a width or a shape (zero
// width, fillers, variation selectors, tags), spaces other than U+0020, private use and noncharacters.
bool is_shown_as_it_is(std::string_view text);

// The same text with each such character as \u{9b}, and each byte that is not UTF-8 as \x9b. For terminals; not to be
// parsed. Line feeds count as control characters.
std::string escaped_for_terminal(std::string_view text);

} // namespace stile
