#include "shared/http/html.h"

#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"

#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace stile;

namespace {

// A folder of templates that goes with the test: what every folder must have, and what the test adds or changes.
class PageFolder {
public:
    PageFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "stile-pages-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        m_path = name;
        write("style.css", "body { color: black }");
        write("scopes.json", R"({"profile":"see your name"})");
        write("head.tpl", escaped("<style>{{STYLE:none}}</style>"));
    }
    ~PageFolder() { std::filesystem::remove_all(m_path); }

    static std::string escaped(const std::string& text) { return "{{%AUTOESCAPE context=\"HTML\"}}" + text; }
    void write(const std::string& name, const std::string& content) { std::ofstream(m_path / name) << content; }
    void remove(const std::string& name) { std::filesystem::remove(m_path / name); }
    std::string path() const { return m_path.string(); }

private:
    std::filesystem::path m_path;
};

} // namespace

TEST_CASE("STILE-html-1 a value is escaped for the place where it stands")
{
    const auto [name, place, value, html] = GENERATE(table<std::string, std::string, std::string, std::string>({
        {"text", "<p>{{V}}</p>", "<script>&\"'", "<p>&lt;script&gt;&amp;&quot;&#39;</p>"},
        {"attribute", "<input value=\"{{V}}\">", "\" onfocus=\"x", "<input value=\"&quot; onfocus=&quot;x\">"},
        {"plain", "<p>{{V}}</p>", "My App", "<p>My App</p>"},
    }));
    CAPTURE(name);
    PageFolder folder;
    folder.write("p.tpl", PageFolder::escaped(place));
    PageFields fields;
    fields.set("V", value);
    CHECK(Templates(folder.path()).render("p", fields) == html);
}

TEST_CASE("STILE-html-2 sections are hidden until shown, and repeat")
{
    PageFolder folder;
    folder.write("p.tpl", PageFolder::escaped("{{#ERROR}}wrong{{/ERROR}}{{#ITEM}}[{{V}}]{{/ITEM}}."));
    const Templates templates(folder.path());
    CHECK(templates.render("p", {}) == ".");
    PageFields fields;
    for (const auto* value : {"a", "<"}) {
        PageFields item;
        item.set("V", value);
        fields.show("ITEM", item);
    }
    CHECK(templates.render("p", fields) == "[a][&lt;].");
    fields.show("ERROR");
    CHECK(templates.render("p", fields) == "wrong[a][&lt;].");
}

TEST_CASE("STILE-html-3 the stylesheet comes with the head, and its digest is that of its bytes")
{
    PageFolder folder;
    folder.write("p.tpl", PageFolder::escaped("{{>HEAD}}"));
    const Templates templates(folder.path());
    CHECK(templates.render("p", {}) == "<style>body { color: black }</style>");
    CHECK(templates.stylesheet_sha256() == base64_encode(sha256("body { color: black }")));
}

TEST_CASE("STILE-html-4 scopes have words, or none")
{
    const PageFolder folder;
    const Templates templates(folder.path());
    CHECK(templates.scope_in_words("profile") == "see your name");
    CHECK(templates.scope_in_words("Profile").empty());
    CHECK(templates.scope_in_words("").empty());
}

TEST_CASE("STILE-html-5 a folder that lacks a file or the line of escaping ends the start")
{
    PageFolder folder;
    CHECK_NOTHROW(Templates(folder.path()));
    SECTION("no stylesheet")
    {
        folder.remove("style.css");
    }
    SECTION("no words for scopes")
    {
        folder.remove("scopes.json");
    }
    SECTION("words that are not JSON")
    {
        folder.write("scopes.json", "{");
    }
    SECTION("a template without the line")
    {
        folder.write("p.tpl", "<p>{{V}}</p>");
    }
    SECTION("a template with the line further down")
    {
        folder.write("p.tpl", "\n" + PageFolder::escaped(""));
    }
    SECTION("a template that does not parse")
    {
        folder.write("p.tpl", PageFolder::escaped("{{#OPEN}}"));
    }
    CHECK_THROWS(Templates(folder.path()));
    CHECK_THROWS(Templates("/nonexistent/stile-pages"));
}
