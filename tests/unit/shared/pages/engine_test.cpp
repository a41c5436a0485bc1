#include "shared/pages/engine.h"

#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "tests/support/page_folder.h"

using namespace stile;
using namespace stile::test;

namespace {

std::string render(const PageFolder& folder, const PageFields& fields = {})
{
    return Templates(PageFiles{folder.path()}).choose("", "").render("p", fields);
}

} // namespace

TEST_CASE("STILE-html-1 a value is escaped for its context in the template")
{
    const auto [name, place, value, html] = GENERATE(table<std::string, std::string, std::string, std::string>({
        {"text", "<p>{{V}}</p>", "<script>&\"'", "<p>&lt;script&gt;&amp;&quot;&#39;</p>"},
        {"attribute", "<input value=\"{{V}}\">", "\" onfocus=\"x", "<input value=\"&quot; onfocus=&quot;x\">"},
        {"plain", "<p>{{V}}</p>", "My App", "<p>My App</p>"},
    }));
    CAPTURE(name);
    InstalledPages folder;
    folder.write("p.tpl", PageFolder::escaped(place));
    PageFields fields;
    fields.set("V", value);
    CHECK(render(folder, fields) == html);
}

TEST_CASE("STILE-html-2 sections are hidden until shown, and can be repeated")
{
    InstalledPages folder;
    folder.write("p.tpl", PageFolder::escaped("{{#ERROR}}wrong{{/ERROR}}{{#ITEM}}[{{V}}]{{/ITEM}}."));
    CHECK(render(folder) == ".");
    PageFields fields;
    for (const auto* value : {"a", "<"}) {
        PageFields item;
        item.set("V", value);
        fields.show("ITEM", item);
    }
    CHECK(render(folder, fields) == "[a][&lt;].");
    fields.show("ERROR");
    CHECK(render(folder, fields) == "wrong[a][&lt;].");
}

TEST_CASE("STILE-html-3 the head contains the stylesheet, and the policy has the digest of exactly its bytes")
{
    InstalledPages folder;
    folder.write("p.tpl", PageFolder::escaped("{{>HEAD}}"));
    folder.write("style.css", "body {\r\n  color: black\r}\n");
    const std::string read = "body {\n  color: black\n}\n";
    CHECK(render(folder) == "<html lang=\"en\"><style>" + read + "</style>");
    CHECK(Templates(PageFiles{folder.path()}).stylesheet_sha256() == base64_encode(sha256(read)));
}

TEST_CASE("STILE-html-4 a text is escaped in a template, its placeholders are markers, optionally within elements")
{
    const auto [name, text, place, html] = GENERATE(table<std::string, std::string, std::string, std::string>({
        {"plain", "Sign in", "<p>[[k]]</p>", "<p>Sign in</p>"},
        {"markup", "<b>&\\\"'", "<p>[[k]]</p>", "<p>&#60;b&#62;&#38;&#34;&#39;</p>"},
        {"in an attribute", "\\\" onfocus=\\\"x", "<p title=\"[[k]]\">", "<p title=\"&#34; onfocus=&#34;x\">"},
        {"marker", "{{V}} {{%AUTOESCAPE}}", "<p>[[k]]</p>",
         "<p>&#123;&lt;i&gt;&#125; &#123;&#123;%AUTOESCAPE&#125;&#125;</p>"},
        {"placeholder", "to {V}!", "<p>[[k]]</p>", "<p>to &lt;i&gt;!</p>"},
        {"elements", "to {V}!", "<p>[[k strong bdi]]</p>", "<p>to <strong><bdi>&lt;i&gt;</bdi></strong>!</p>"},
        {"no placeholder", "{} {v} {", "<p>[[k]]</p>", "<p>&#123;&#125; &#123;v&#125; &#123;</p>"},
    }));
    CAPTURE(name);
    InstalledPages folder;
    folder.write("texts/en.json", R"({"k":")" + text + "\"}");
    folder.write("p.tpl", PageFolder::escaped(place));
    PageFields fields;
    fields.set("V", "<i>");
    CHECK(render(folder, fields) == html);
}

TEST_CASE("STILE-html-5 a folder without a file that every page needs prevents the start")
{
    InstalledPages folder;
    CHECK_NOTHROW(Templates(PageFiles{folder.path()}));
    const auto missing = GENERATE("style.css", "head.tpl", "message.tpl", "texts/en.json", "texts");
    CAPTURE(missing);
    folder.remove(missing);
    CHECK_THROWS_WITH(Templates(PageFiles{folder.path()}), Catch::Contains("does not exist"));
    CHECK_THROWS(Templates(PageFiles{"/nonexistent/stile-pages"}));
}

TEST_CASE("STILE-language-1 a page is shown in the selected language, with the texts of that language's file")
{
    InstalledPages folder;
    folder.write("p.tpl", PageFolder::escaped("[[language]]: [[hello]]"));
    folder.write("texts/de.json", R"({"hello":"Guten Tag"})");
    folder.write("texts/de-AT.json", R"({"hello":"Grüß Gott"})");
    const Templates templates(PageFiles{folder.path()});
    CHECK(templates.choose("", "").render("p", {}) == "en: Hello");
    CHECK(templates.choose("de", "").render("p", {}) == "de: Guten Tag");
    CHECK(templates.choose("", "de-AT").render("p", {}) == "de-AT: Grüß Gott");
    CHECK(templates.choose("", "de-AT").texts().language() == "de-AT");
    const Templates german(PageFiles{folder.path(), "", "de"});
    CHECK(german.choose("", "it").render("p", {}) == "de: Guten Tag");
    CHECK(german.choose("en", "it").render("p", {}) == "en: Hello");
    CHECK_THROWS_WITH(Templates(PageFiles{folder.path(), "", "it"}), Catch::Contains("STILE_LANGUAGE"));
}
