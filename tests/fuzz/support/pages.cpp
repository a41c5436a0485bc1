#include "tests/fuzz/support/pages.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace stile::fuzz {

namespace fs = std::filesystem;

namespace {

fs::path folder()
{
    return fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "pages";
}

std::string read_file(const fs::path& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Reads markers from `rest` until the end of the part: {{FIELD}}, {{#SECTION}} … {{/SECTION}}; others are passed over, and
// STYLE, which no page fills.
void read_part(PagePart& part, std::string_view& rest)
{
    for (;;) {
        const auto begin = rest.find("{{");
        const auto end = rest.find("}}");
        if (begin == std::string_view::npos || end == std::string_view::npos)
            return;
        const auto marker = rest.substr(begin + 2, end - begin - 2);
        rest.remove_prefix(end + 2);
        if (marker.starts_with('/'))
            return;
        if (marker.starts_with('#'))
            read_part(part.sections.emplace_back(PagePart{std::string(marker.substr(1)), {}, {}}), rest);
        else if (const auto field = marker.substr(0, marker.find(':')); // {{FIELD:modifier}}
                 field.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string_view::npos && field != "STYLE")
            part.fields.emplace_back(field);
    }
}

} // namespace

const Templates& templates()
{
    static const Templates all(PageFiles{folder()});
    return all;
}

std::vector<PagePart> page_parts()
{
    const auto head = read_file(folder() / "head.tpl");
    std::vector<PagePart> pages;
    for (const auto& entry : fs::directory_iterator(folder())) {
        if (entry.path().extension() != ".tpl" || entry.path().stem() == "head")
            continue;
        auto& page = pages.emplace_back(PagePart{entry.path().stem(), {}, {}, head + read_file(entry.path())});
        std::string_view rest = page.text;
        read_part(page, rest);
    }
    std::ranges::sort(pages, {}, &PagePart::name);
    return pages;
}

} // namespace stile::fuzz
