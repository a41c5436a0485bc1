// The templates beside the running target, in build/address/pages.
#pragma once

#include "shared/pages/engine.h"

#include <string>
#include <vector>

namespace stile::fuzz {

const Templates& templates();

// The markers that a template needs: of a page, or of a section of one.
struct PagePart {
    std::string name;
    std::vector<std::string> fields;
    std::vector<PagePart> sections;
    std::string text{}; // of a page: the template's, head.tpl's before it
};

// Every page, sorted by name, with what head.tpl takes.
std::vector<PagePart> page_parts();

} // namespace stile::fuzz
