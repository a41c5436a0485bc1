// The markers of a page template, and what they may be.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace stile {

// "{{CSRF}}", "{{#ERROR}}", "{{ERROR_TEXT}} in {{#ERROR}}"; and the attributes by which a form is understood.
struct PageMarkers {
    std::set<std::string> places; // each marker with the sections around it
    std::set<std::string> names; // each marker, wherever
    std::set<std::string> attributes; // name="…", value="…", method="…"
};

// Throws std::runtime_error: what is wrong, after `file`.
PageMarkers read_markers(std::string_view page, const std::string& file);

// A page that replaces `original` keeps what is in it and has no marker that nothing fills; `head` may stand on any.
void require_same_markers(const PageMarkers& page, const PageMarkers& original, const PageMarkers& head,
                          const std::string& file);

} // namespace stile
