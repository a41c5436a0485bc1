// nginx's configuration, as `nginx -T` prints it: all files, one after the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stile::admin {

// A directive with its words: {"location", "^~", "/api/"}.
struct NginxDirective {
    std::vector<std::string> words; // never empty; quotes are removed
    std::vector<NginxDirective> inside; // the directives in its braces, those of included files among them
    std::string file; // in which it is written; empty if the text does not say

    const std::string& name() const { return words.front(); }
    bool has_word(std::string_view word) const;

    // The directives of that name in its braces, but not in further ones.
    std::vector<const NginxDirective*> all(std::string_view called) const;
    // The last of them, which is the one that counts where nginx takes one; null if there is none.
    const NginxDirective* last(std::string_view called) const;
};

// What stands outside of all braces is `inside` of the result, whose only word is "main". Variables have no meaning. An
// include of a file that is not in the text is left out, and so is what cannot be read: nginx itself reports it.
NginxDirective read_nginx_configuration(std::string_view printed);

} // namespace stile::admin
