#include "shared/crypto/base64.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

TEST_CASE("RFC4648-5-2 base64url decodes what it encodes, at every length and for every byte")
{
    std::string bytes;
    for (int i = 0; i < 600; ++i) {
        CHECK(base64url_decode(base64url_encode(bytes)) == bytes);
        bytes += static_cast<char>(i * 7);
    }
    CHECK(base64url_decode("-_-_") == "\xfb\xff\xbf");
    CHECK(base64url_decode("Zg") == "f");
    CHECK(base64url_decode("Zm8") == "fo");
}

TEST_CASE("RFC7515-2-1 base64url with padding, white space or another character is refused")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>({
        {"padding", "Zg=="},
        {"one pad", "Zm8="},
        {"padding alone", "===="},
        {"line feed behind", "Zm9v\n"},
        {"space before", " Zm9v"},
        {"space inside", "Zm 9v"},
        {"plus", "+m9v"},
        {"slash", "/m9v"},
        {"dot", "Zm.9"},
        {"NUL", "Zm9\0"s},
        {"byte above 127", "Zm9\xe4"},
        {"one character", "Z"},
        {"five characters", "Zm9vZ"},
    }));
    CAPTURE(name);
    CHECK_FALSE(base64url_decode(text).has_value());
}

TEST_CASE("RFC4648-3.5-2 pad bits of base64url that are not zero are refused")
{
    int of_two = 0;
    int of_three = 0;
    for (const char last : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"s) {
        of_two += base64url_decode("Z"s + last).has_value() ? 1 : 0;
        of_three += base64url_decode("Zm"s + last).has_value() ? 1 : 0;
    }
    CHECK(of_two == 4); // 4 pad bits of 6
    CHECK(of_three == 16); // 2 of 6
}
