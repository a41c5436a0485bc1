// The files of the pages: templates, one stylesheet and the texts of each language. The operator's folder, the theme,
// can replace any of them; files that it lacks come from the installed pages. Read, merged and checked at start.
//
// In a template [[key]] is replaced with a text, escaped; its {PLACEHOLDERS} become {{MARKERS}} of the template.
// [[key em b]] puts each of them into <em><b></b></em>.
#pragma once

#include "shared/pages/texts.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

struct PageFiles {
    std::string installed; // STILE_PAGES
    std::string theme{}; // STILE_THEME; empty: none
    std::string language = "en"; // STILE_LANGUAGE: used if no language matches
};

struct PagesOfLanguage {
    Texts texts;
    std::map<std::string, std::string> templates; // "login.tpl" with the texts in it
    std::vector<std::string> missing; // keys that the language lacks; the English text is used
    std::vector<std::string> unknown; // keys that English does not have
};

struct PageSet {
    std::string stylesheet;
    std::vector<PagesOfLanguage> languages; // STILE_LANGUAGE first
};

// Throws std::runtime_error, one line with the file and the problem, if a file is missing, or if its content would
// break a page, remove the protection of a form, or turn text into markup.
PageSet read_pages(const PageFiles& files);

} // namespace stile
