// The markers of a page template, and the check of an operator's template against the original.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace stile {

// "{{CSRF}}", "{{#ERROR}}", "{{ERROR_TEXT}} in {{#ERROR}}"; and the attributes that the form depends on.
struct PageMarkers {
    std::set<std::string> places; // each marker with the sections around it
    std::set<std::string> names; // each marker
    std::set<std::string> attributes; // name="…", value="…", method="…"
};

// Throws std::runtime_error with `file` and the problem, if the template has a marker or script that pages may not
// have.
PageMarkers read_markers(std::string_view page, const std::string& file);

// Throws std::runtime_error if `page` lacks a marker or attribute of `original`, which it replaces, or has a marker
// that is neither in `original` nor in `head`.
void require_same_markers(const PageMarkers& page, const PageMarkers& original, const PageMarkers& head,
                          const std::string& file);

} // namespace stile
