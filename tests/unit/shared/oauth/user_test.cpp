#include "shared/oauth/user.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

TEST_CASE("STILE-user-1 a user name has one canonical form")
{
    const auto [name, text, canonical] = GENERATE(table<std::string, std::string, std::string>({
        {"already canonical", "alice", "alice"},
        {"capitals", "Alice.SMITH", "alice.smith"},
        {"address with all marks", "Al_i-ce+Tag@Example.ORG", "al_i-ce+tag@example.org"},
        {"digits", "007", "007"},
        {"128 characters", std::string(128, 'A'), std::string(128, 'a')},
    }));
    CAPTURE(name);
    CHECK(canonical_user_name(text) == canonical);
    CHECK(canonical_user_name(canonical) == canonical);
}

TEST_CASE("STILE-user-2 an invalid user name has no canonical form")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>({
        {"empty", ""},
        {"129 characters", std::string(129, 'a')},
        {"space before", " alice"},
        {"space behind", "alice "},
        {"NUL behind", "alice\0"s},
        {"NUL inside", "al\0ice"s},
        {"line feed", "alice\n"},
        {"colon", "al:ice"},
        {"slash", "al/ice"},
        {"quote", "al'ice"},
        {"percent", "al%69ce"},
        {"star", "alice*"},
        {"UTF-8 letter", "\xc3\xa4lice"},
        {"Kelvin sign, which folds to k", "\xe2\x84\xaa"},
        {"fullwidth letter", "\xef\xbd\x81"},
    }));
    CAPTURE(name);
    CHECK_FALSE(canonical_user_name(text).has_value());
}

TEST_CASE("OIDC-2-1 a subject is 1 to 255 visible ASCII characters")
{
    const auto [name, text, valid] = GENERATE(table<std::string, std::string, bool>({
        {"one", "a", true},
        {"255", std::string(255, 'a'), true},
        {"256", std::string(256, 'a'), false},
        {"empty", "", false},
        {"every mark but the colon", "!\"#$%&'()*+,-./;<=>?@[\\]^_`{|}~", true},
        {"case is kept", "Alice", true},
        {"colon, which separates in keys", "a:b", false},
        {"space", "a b", false},
        {"NUL", "a\0"s, false},
        {"DEL", "a\x7f", false},
        {"UTF-8", "\xc3\xa4", false},
    }));
    CAPTURE(name);
    CHECK(is_subject(text) == valid);
}
