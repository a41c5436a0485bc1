#include "shared/http/basic_auth.h"

#include "shared/crypto/base64.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

namespace {

std::string basic(const std::string& pair)
{
    return "Basic " + base64_encode(pair);
}

} // namespace

TEST_CASE("RFC6749-2.3.1-2 Basic credentials are read, form-encoded or raw")
{
    const auto [name, header, id, secret] = GENERATE(table<std::string, std::string, std::string, std::string>({
        {"the example of RFC 6749", "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3", "s6BhdRkqt3",
         "7Fjfp0ZBr1KtDRbnfVdmIw"},
        {"percent-encoded", basic("my%20app:p%40ss%3Aw%25rd"), "my app", "p@ss:w%rd"},
        {"plus is a space", basic("my+app:a+b"), "my app", "a b"},
        {"raw characters that need no encoding", basic("my-app_1.~:s-._~!"), "my-app_1.~", "s-._~!"},
        {"the first colon separates", basic("id:a:b:"), "id", "a:b:"},
        {"encoded colon in the id", basic("https%3A%2F%2Fx:s"), "https://x", "s"},
        {"empty secret", basic("id:"), "id", ""},
        {"empty id", basic(":s"), "", "s"},
        {"both empty", basic(":"), "", ""},
        {"NUL raw and encoded", basic("id:s\0x%00y"s), "id", "s\0x\0y"s},
        {"UTF-8", basic("id:p\xc3\xa4ss"), "id", "p\xc3\xa4ss"},
    }));
    CAPTURE(name, header);
    const auto credentials = parse_basic(header);
    REQUIRE(credentials.has_value());
    CHECK(credentials->client_id == id);
    CHECK(credentials->client_secret.reveal() == secret);
}

TEST_CASE("RFC9110-11.1-1 the scheme is recognised in any letter case, and no other scheme is")
{
    const auto [name, header, recognised] = GENERATE(table<std::string, std::string, bool>({
        {"as registered", "Basic aWQ6cw==", true},
        {"lower case", "basic aWQ6cw==", true},
        {"upper case", "BASIC aWQ6cw==", true},
        {"another scheme", "Bearer aWQ6cw==", false},
        {"a longer scheme", "Basically aWQ6cw==", false},
        {"no space", "BasicaWQ6cw==", false},
        {"tab", "Basic\taWQ6cw==", false},
        {"space before", " Basic aWQ6cw==", false},
        {"the scheme alone", "Basic", false},
        {"empty", "", false},
    }));
    CAPTURE(name, header);
    CHECK(is_basic(header) == recognised);
    CHECK(parse_basic(header).has_value() == recognised);
}

TEST_CASE("STILE-basic-auth-1 credentials that are not strict base64 of id:secret are refused")
{
    const auto [name, header] = GENERATE(table<std::string, std::string>({
        {"nothing behind the scheme", "Basic "},
        {"no colon", basic("id")},
        {"colon only encoded", basic("id%3As")},
        {"not base64", "Basic id:secret"},
        {"padding left out", "Basic aWQ6cw"},
        {"padding short", "Basic aWQ6cw="},
        {"padding long", "Basic aWQ6cw==="},
        {"left-over bits", "Basic aWQ6cx=="},
        {"base64url alphabet", "Basic aWQ6_w=="},
        {"two spaces before", "Basic  aWQ6cw=="},
        {"space behind", "Basic aWQ6cw== "},
        {"line feed inside", "Basic aWQ6\ncw=="},
        {"a second parameter", "Basic aWQ6cw==, realm=\"x\""},
        {"malformed escape in the id", basic("i%d:s")},
        {"malformed escape in the secret", basic("id:100%")},
    }));
    CAPTURE(name, header);
    CHECK(is_basic(header));
    CHECK_FALSE(parse_basic(header).has_value());
}
