// Reading HTML as far as it takes to see whether a value has become markup: the tags and the names of their attributes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stile::fuzz {

struct Tag {
    std::string name; // "/p" for an end tag, "!" for anything that begins with "<!"
    std::vector<std::pair<std::string, std::string>> attributes; // unmodified values, without their quotes
};

// By the rules of the HTML standard's tokenizer (WHATWG HTML §13.2.5) for tags, quoted values and the text of <style>
// and <title>, which ends at its own end tag alone.
std::vector<Tag> tags_of(std::string_view html);

// The tags with the names of their attributes, one a line: the same for two pages that differ in values alone.
std::string skeleton_of(const std::vector<Tag>& tags);

} // namespace stile::fuzz
