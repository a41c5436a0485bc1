#include "shared/pages/language.h"

#include "tests/support/catch.h"

#include <array>

using namespace stile;

namespace {

const std::array<std::string, 4> tags = {"en", "de", "fr", "pt-BR"};

std::string chosen(std::string_view ui_locales, std::string_view accept_language)
{
    const auto found = choose_language(tags, ui_locales, accept_language);
    return found ? tags.at(*found) : "none";
}

} // namespace

TEST_CASE("OIDC-3.1.2.1-1 ui_locales is a list of languages in order of preference; an unknown language is no error")
{
    const auto [asked, found] = GENERATE(table<std::string, std::string>({
        {"de", "de"},
        {"fr de", "fr"},
        {"it de", "de"},
        {"fr-CA fr en", "fr"},
        {"DE-at", "de"},
        {"it es", "none"},
        {"", "none"},
        {"   ", "none"},
        {"  fr  de ", "fr"},
        {"* de", "de"},
        {"de_DE", "none"},
        {"pt-BR", "pt-BR"},
        {"pt", "none"}, // a requested language is made broader, never narrower
        {"d", "none"},
        {"de;q=0", "none"}, // no header
        {std::string(256, '-'), "none"},
    }));
    CAPTURE(asked);
    CHECK(chosen(asked, "") == found);
}

TEST_CASE("RFC4647-3.4-1 a range is looked up, each time without its last part, until a language matches")
{
    const auto [range, found] = GENERATE(table<std::string, std::string>({
        {"de-AT", "de"},
        {"de-Latn-AT-1901", "de"},
        {"de-x-dialect", "de"},
        {"de-a-b-c", "de"},
        {"pt-BR-x-y", "pt-BR"},
        {"x-de", "none"},
        {"deu", "none"},
        {"*", "none"},
    }));
    CAPTURE(range);
    CHECK(chosen(range, "") == found);
    CHECK(chosen("", range) == found);
    CHECK(broader_language("zh-Hant-CN-x-wadegile") == "zh-Hant-CN"); // with the single letter before it
    CHECK(broader_language("zh-Hant-CN") == "zh-Hant");
    CHECK(broader_language("zh").empty());
}

TEST_CASE("RFC9110-12.5.4-1 of Accept-Language the range with the highest weight is used, of equal ones the first")
{
    const auto [header, found] = GENERATE(table<std::string, std::string>({
        {"de", "de"},
        {"en;q=0.5, de", "de"},
        {"en;q=0.5,de;q=0.501", "de"},
        {"fr, de", "fr"},
        {"de-AT, fr;q=0.9, en;q=0.8", "de"},
        {"it, es;q=0.9, fr;q=0.1", "fr"},
        {"de;q=0, fr;q=0.001", "fr"},
        {"de;q=0", "none"},
        {"fr ; Q=1.000 , de", "fr"},
        {"da, en-gb;q=0.8, en;q=0.7", "en"}, // RFC 9110's own example
        {"*", "none"},
        {"", "none"},
        {",,, de,,", "de"},
    }));
    CAPTURE(header);
    CHECK(chosen("", header) == found);
}

TEST_CASE("STILE-language-2 a range with a malformed weight is ignored")
{
    const std::string weight = GENERATE("q=1.1", "q=2", "q=", "q", "q=0.1234", "q=-1", "q=1.0001", "q=0,5", "q=0..1",
                                        "q=1.0.", "x=1", "q=0x1", ";q=1", "q=/");
    CAPTURE(weight);
    CHECK(chosen("", "de;" + weight + ", fr;q=0.1") == "fr");
}

TEST_CASE("STILE-language-3 ui_locales is preferred to Accept-Language, unless none of its languages is known")
{
    CHECK(chosen("fr", "de") == "fr");
    CHECK(chosen("it", "de") == "de");
    CHECK(chosen("it", "es") == "none");
}

TEST_CASE("STILE-language-4 a number takes the plural form of the language (Unicode CLDR)")
{
    const auto [tag, number, category] = GENERATE(table<std::string, std::uint64_t, std::string>({
        {"en", 0, "other"},  {"en", 1, "one"},    {"en", 2, "other"},   {"en-GB", 1, "one"},  {"de", 0, "other"},
        {"de", 1, "one"},    {"de", 21, "other"}, {"fr", 0, "one"},     {"fr", 1, "one"},     {"fr", 2, "other"},
        {"ja", 1, "other"},  {"pl", 1, "one"},    {"pl", 2, "few"},     {"pl", 5, "many"},    {"pl", 12, "many"},
        {"pl", 21, "many"},  {"pl", 22, "few"},   {"ru", 1, "one"},     {"ru", 11, "many"},   {"ru", 21, "one"},
        {"ru", 24, "few"},   {"ru", 114, "many"}, {"cs", 4, "few"},     {"cs", 5, "other"},   {"hr", 21, "one"},
        {"hr", 25, "other"}, {"ro", 0, "few"},    {"ro", 20, "other"},  {"ro", 101, "few"},   {"lt", 1, "one"},
        {"lt", 11, "other"}, {"lt", 21, "one"},   {"lt", 9, "few"},     {"ar", 0, "zero"},    {"ar", 2, "two"},
        {"ar", 3, "few"},    {"ar", 11, "many"},  {"ar", 100, "other"}, {"ar", 102, "other"}, {"tlh", 1, "one"},
        {"PT-br", 0, "one"},
    }));
    CAPTURE(tag, number);
    CHECK(plural_category(tag, number) == category);
}

TEST_CASE("STILE-language-5 a language file is named by its language tag")
{
    for (const char* tag : {"en", "pt-BR", "zh-Hant-TW", "de-1996"})
        CHECK(is_language_tag(tag));
    for (const char* text : {"", "-", "de-", "-de", "de--AT", "de_AT", "deutschland", "de/..", "de.json", "dé"})
        CHECK_FALSE(is_language_tag(text));
}
