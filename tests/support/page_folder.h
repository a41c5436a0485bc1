// A folder with pages, which is deleted at the end of the test.
#pragma once

#include "tests/support/catch.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace stile::test {

class PageFolder {
public:
    PageFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "stile-pages-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        m_path = name;
    }
    ~PageFolder() { std::filesystem::remove_all(m_path); }
    PageFolder(const PageFolder&) = delete;
    PageFolder& operator=(const PageFolder&) = delete;

    static std::string escaped(const std::string& text) { return "{{%AUTOESCAPE context=\"HTML\"}}" + text; }

    void write(const std::string& name, const std::string& content)
    {
        std::filesystem::create_directories((m_path / name).parent_path());
        std::ofstream(m_path / name, std::ios::binary) << content;
    }
    void remove(const std::string& name) { std::filesystem::remove_all(m_path / name); }
    std::string path() const { return m_path.string(); }

private:
    std::filesystem::path m_path;
};

// The files of every folder of installed pages.
class InstalledPages : public PageFolder {
public:
    InstalledPages()
    {
        write("style.css", "body { color: black }");
        write("head.tpl", escaped("<html lang=\"[[language]]\"><style>{{STYLE:none}}</style>"));
        write("message.tpl", escaped("{{>HEAD}}{{TITLE}}"));
        write("texts/en.json", R"({"hello":"Hello"})");
    }
};

// The pages that are installed with the programs under test: build/pages beside build/bin.
inline std::string built_pages()
{
    return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path().string() + "/pages";
}

} // namespace stile::test
