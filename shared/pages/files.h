// The pages as files: templates, one stylesheet and the texts of each language. An operator's folder, the theme, may
// have its own of each; what it does not have comes from the installed pages. Read, put together and checked at start.
//
// In a template [[key]] stands for a text, escaped; its {PLACEHOLDERS} become {{MARKERS}} of the template. [[key em b]]
// puts each of them into <em><b></b></em>.
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
    std::string language = "en"; // STILE_LANGUAGE: whom nothing fits is spoken to in it
};

struct PagesOfLanguage {
    Texts texts;
    std::map<std::string, std::string> templates; // "login.tpl" with the texts in it
    std::vector<std::string> missing; // keys for which the English text stands in
    std::vector<std::string> unknown; // keys that English does not have
};

struct PageSet {
    std::string stylesheet;
    std::vector<PagesOfLanguage> languages; // STILE_LANGUAGE first
};

// Throws std::runtime_error, one line that names the file and what is wrong, when a file is missing, or something in
// one would break a page, let it be forged or let text become markup.
PageSet read_pages(const PageFiles& files);

} // namespace stile
