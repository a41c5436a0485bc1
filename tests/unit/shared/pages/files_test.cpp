#include "shared/pages/files.h"

#include "tests/support/page_folder.h"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace stile;
using namespace stile::test;

namespace {

const PagesOfLanguage& of(const PageSet& set, const std::string& tag)
{
    return *std::ranges::find(set.languages, tag, [](const auto& pages) { return pages.texts.language(); });
}

std::string content_of(const std::string& path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string changed(std::string text, const std::string& from, const std::string& to)
{
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

// The installed page in a theme, with one change.
void write_changed(PageFolder& theme, const std::string& page, const std::string& from, const std::string& to)
{
    theme.write(page, changed(content_of(built_pages() + "/" + page), from, to));
}

std::string refusal(const PageFolder& theme)
{
    try {
        read_pages({built_pages(), theme.path()});
    } catch (const std::exception& error) {
        return error.what();
    }
    return "none";
}

} // namespace

TEST_CASE("STILE-theme-1 a theme's files take precedence over the installed ones, and nothing else changes")
{
    PageFolder theme;
    const auto before = read_pages({built_pages()});
    CHECK(before.stylesheet == read_pages({built_pages(), theme.path()}).stylesheet);
    theme.write("style.css", "body { color: red }");
    write_changed(theme, "login.tpl", "<h1>", "<h1 class=\"big\">");
    theme.write("texts/de.json", R"({"login.heading":"Eintreten"})");
    const auto after = read_pages({built_pages(), theme.path()});
    CHECK(after.stylesheet == "body { color: red }");
    for (const std::string tag : {"en", "de", "fr"}) {
        CAPTURE(tag);
        const auto& pages = of(after, tag);
        CHECK(pages.templates.at("login.tpl").contains("<h1 class=\"big\">"));
        CHECK(pages.templates.at("consent.tpl") == of(before, tag).templates.at("consent.tpl"));
        CHECK(pages.texts.find("login.heading")
              == (tag == "de" ? "Eintreten" : of(before, tag).texts.find("login.heading")));
        CHECK(pages.texts.find("login.submit") == of(before, tag).texts.find("login.submit"));
    }
}

TEST_CASE("STILE-theme-2 a broken page of the operator prevents the start; the error names file and reason")
{
    const auto [page, from, to, why] = GENERATE(table<std::string, std::string, std::string, std::string>({
        {"login.tpl", "{{%AUTOESCAPE context=\"HTML\"}}", "", "does not begin with {{%AUTOESCAPE"},
        {"login.tpl", "{{%AUTOESCAPE context=\"HTML\"}}", "{{%AUTOESCAPE context=\"XML\"}}", "does not begin with"},
        {"login.tpl", "value=\"{{CSRF}}\"", "", "lacks {{CSRF}}"},
        {"login.tpl", "name=\"csrf_token\" ", "", "lacks name=\"csrf_token\""},
        {"login.tpl", "value=\"{{CSRF}}\">", ">{{CSRF}}", "lacks value=\"{{CSRF}}\""},
        {"login.tpl", "<form method=\"post\">", "<form>", "lacks method=\"post\""},
        {"login.tpl", "<span>{{ERROR_TEXT}}</span>", "", "lacks {{ERROR_TEXT}} in {{#ERROR}}"},
        {"login.tpl", "{{>HEAD}}", "", "lacks {{>HEAD}}"},
        {"login.tpl", "{{/ERROR}}", "", "without"},
        {"login.tpl", "{{#ERROR}}", "", "has {{/ERROR}} without {{#ERROR}}"},
        {"login.tpl", "{{USERNAME}}", "{{USERNAME}}{{USERNMAE}}", "has {{USERNMAE}}, which has no value"},
        {"login.tpl", "{{USERNAME}}", "{{USERNAME:none}}", "has {{USERNAME:none}}, which is not allowed in pages"},
        {"login.tpl", "{{USERNAME}}", "{{USERNAME", "{{"},
        {"login.tpl", "<h1>", "{{=<% %>=}}<h1>", "which is not allowed in pages"},
        {"login.tpl", "<h1>", "{{%AUTOESCAPE context=\"MANUAL\"}}<h1>", "which is not allowed in pages"},
        {"login.tpl", "<h1>", "{{>OTHER}}<h1>", "has {{>OTHER}}, which has no value"},
        {"login.tpl", "<h1>", "<SCRIPT>1</SCRIPT><h1>", "has a script"},
        {"login.tpl", "[[login.heading]]", "[[login.headng]]", "uses [[login.headng]]"},
        {"login.tpl", "[[login.heading]]", "[[login.heading <b>]]", "into an invalid element"},
        {"login.tpl", "[[login.heading]]", "[[]]", "uses [[]]"},
        {"head.tpl", "{{STYLE:none}}", " {{STYLE:none}}", "has {{STYLE:none}}, which is not allowed in pages"},
        {"head.tpl", "<style>{{STYLE:none}}</style>", "", "lacks {{STYLE:none}}"},
        {"head.tpl", "lang=\"[[language]]\"", "lang=\"en\"", "lacks lang="},
        {"consent.tpl", "{{#REMEMBER}}", "{{#ASKED_ANEW}}", "{{/REMEMBER}} without"},
        {"consent.tpl", "value=\"0\"", "value=\"1\"", "lacks value=\"0\""},
        {"consent.tpl", "{{SCOPE_NAME}}", "", "lacks {{SCOPE_NAME}} in {{#SCOPE}} in {{#SCOPES}}"},
        {"consent.tpl", "[[consent.next strong bdi]]", "", "lacks {{RETURN_TO}}"},
        {"message.tpl", "{{TEXT}}", "", "lacks {{TEXT}}"},
    }));
    CAPTURE(page, from, to);
    PageFolder theme;
    write_changed(theme, page, from, to);
    const auto said = refusal(theme);
    CHECK(said.starts_with(theme.path() + "/" + page + " "));
    CHECK_THAT(said, Catch::Contains(why));
    CHECK_FALSE(said.contains('\n'));
}

TEST_CASE("STILE-theme-3 a file of the wrong kind prevents the start")
{
    const auto [file, content, why] = GENERATE(table<std::string, std::string, std::string>({
        {"style.css", "p { content: '</style>' }", "cannot be embedded in a page"},
        {"style.css", "p::after { content: '\xff' }", "cannot be embedded in a page"},
        {"style.css", std::string("p\0q", 3), "cannot be embedded in a page"},
        {"logn.tpl", PageFolder::escaped("{{>HEAD}}"), "replaces no page"},
        {"texts/de.json", "{", "is not a JSON object of strings"},
        {"texts/de.json", "[]", "is not a JSON object of strings"},
        {"texts/de.json", R"({"login.heading": 1})", "is not a JSON object of strings"},
        {"texts/de_AT.json", "{}", "must be named after a language"},
        {"texts/de.json", R"({"login.title": "Anmelden"})", "must have in \"login.title\" the placeholders"},
        {"texts/de.json", R"({"login.heading": "{USERNAME}"})", "must have in \"login.heading\" the placeholders"},
        {"texts/en.json", R"({"consent.next": "Go on."})", "must have in \"consent.next\" the placeholders"},
    }));
    CAPTURE(file, content);
    PageFolder theme;
    theme.write(file, content);
    const auto said = refusal(theme);
    CHECK(said.starts_with(theme.path() + "/" + file + " "));
    CHECK_THAT(said, Catch::Contains(why));
    CHECK_THROWS_WITH(read_pages({built_pages(), "/nonexistent/theme"}),
                      Catch::Contains("/nonexistent/theme is not a readable folder"));
}

TEST_CASE("STILE-theme-4 operators add texts, scope descriptions and a language by adding files")
{
    PageFolder theme;
    theme.write("texts/en.json", R"({"scope.calendar":"See your calendar","imprint":"Imprint of {CLIENT_NAME}"})");
    theme.write("texts/pl.json", R"({"login.heading":"Logowanie","login.wait_seconds.one":"za {NUMBER} sekundę",
        "login.wait_seconds.few":"za {NUMBER} sekundy","login.headng":"?","login.wait_seconds.two":"?"})");
    write_changed(theme, "login.tpl", "</form>", "</form><p>[[imprint]]</p>");
    const auto set = read_pages({built_pages(), theme.path()});
    CHECK(of(set, "de").texts.find("scope.calendar") == "See your calendar");
    CHECK(of(set, "de").missing == std::vector<std::string>{"imprint", "scope.calendar"});
    CHECK(of(set, "fr").templates.at("login.tpl").contains("<p>Imprint of {{CLIENT_NAME}}</p>"));
    const auto polish = of(set, "pl");
    CHECK(polish.templates.at("login.tpl").contains("<h1>Logowanie</h1>"));
    CHECK(polish.templates.at("login.tpl").contains("<label for=\"username\">Username</label>"));
    CHECK(polish.texts.count("login.wait_seconds", 1) == "za 1 sekundę");
    CHECK(polish.texts.count("login.wait_seconds", 3) == "za 3 sekundy");
    CHECK(polish.texts.count("login.wait_seconds", 5) == "Too many attempts. Try again in 5 seconds.");
    CHECK(std::ranges::count(polish.missing, "login.wait_seconds.many") == 1);
    CHECK(std::ranges::count(polish.missing, "login.username") == 1);
    CHECK(std::ranges::count(polish.missing, "login.heading") == 0);
    CHECK(polish.unknown == std::vector<std::string>{"login.headng"});
}

TEST_CASE("STILE-language-6 English, German and French have all texts, each as one line without markup errors")
{
    const auto set = read_pages({built_pages()});
    REQUIRE(set.languages.size() == 3);
    const auto english = nlohmann::json::parse(content_of(built_pages() + "/texts/en.json"));
    for (const std::string tag : {"en", "de", "fr"}) {
        const auto& pages = of(set, tag);
        CHECK(pages.missing.empty());
        CHECK(pages.unknown.empty());
        for (const auto& [key, reference] : english.items()) {
            CAPTURE(tag, key);
            const auto text = pages.texts.find(key);
            CHECK_FALSE(text.empty());
            CHECK(text.find_first_of("\n\t<>&") == std::string_view::npos);
            CHECK_FALSE(text.contains("  "));
            CHECK(text.front() != ' ');
            CHECK(text.back() != ' ');
            // A sentence ends as the English one does.
            const auto is_sentence = [](std::string_view words) { return words.ends_with('.'); };
            CHECK(is_sentence(text) == is_sentence(reference.get<std::string>()));
            // French puts a space that does not break before these (and inside guillemets).
            if (tag == "fr")
                for (const std::string_view sign : {" :", " ?", " !", " ;", "« ", " »"})
                    CHECK_FALSE(text.contains(sign));
            const bool same_in_all = key == "direction" || key == "site.name";
            if (tag != "en" && !same_in_all)
                CHECK(text != reference.get<std::string>());
        }
    }
}

TEST_CASE("STILE-language-7 a waiting time uses the right plural form of each language")
{
    const auto set = read_pages({built_pages()});
    const auto [tag, number, words] = GENERATE(table<std::string, std::uint64_t, std::string>({
        {"en", 1, "in 1 second."},
        {"en", 5, "in 5 seconds."},
        {"de", 1, "in 1 Sekunde noch einmal."},
        {"de", 5, "in 5 Sekunden noch einmal."},
        {"fr", 1, "dans 1 seconde."},
        {"fr", 5, "dans 5 secondes."},
    }));
    CHECK_THAT(of(set, tag).texts.count("login.wait_seconds", number), Catch::EndsWith(words));
}
