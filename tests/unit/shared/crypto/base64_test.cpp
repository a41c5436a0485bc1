#include "shared/crypto/base64.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

TEST_CASE("RFC4648-10-1 the test vectors are encoded and decoded")
{
    const auto [bytes, text] = GENERATE(table<std::string, std::string>({
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\0\0"s, "AAA="},
        {"\xfb\xff\xbf", "+/+/"},
    }));
    CHECK(base64_encode(bytes) == text);
    CHECK(base64_decode(text) == bytes);
}

TEST_CASE("RFC4648-5-1 base64url uses \"-\" and \"_\" and no padding")
{
    CHECK(base64url_encode("\xfb\xff\xbf") == "-_-_");
    CHECK(base64url_encode("f") == "Zg");
    CHECK(base64url_encode("fo") == "Zm8");
    CHECK(base64url_encode("foo") == "Zm9v");
    CHECK(base64url_encode("").empty());
    CHECK(base64_encode("").empty());
}

TEST_CASE("RFC4648-3.3-1 characters outside the alphabet are refused")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>({
        {"line feed inside", "Zm9v\nZm9v"},
        {"line feed behind", "Zm9v\n"},
        {"four line feeds behind", "Zm9v\n\n\n\n"},
        {"four spaces before", "    Zm9v"},
        {"white space alone", "    "},
        {"space inside, length kept", "Zm 9vYm="},
        {"NUL", "Zm9\0"s},
        {"base64url alphabet", "-_-_"},
        {"minus behind, which some take for the end", "Zm9v----"},
        {"byte above 127", "Zm9\xe4"},
    }));
    CAPTURE(name);
    CHECK_FALSE(base64_decode(text).has_value());
}

TEST_CASE("STILE-base64-1 wrong length and wrong padding are refused")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>({
        {"nothing", ""},
        {"one character", "Z"},
        {"two characters", "Zg"},
        {"three characters", "Zm8"},
        {"five characters", "Zm9vZ"},
        {"padding short", "Zg="},
        {"padding too long", "Zm8=="},
        {"three pads", "Z==="},
        {"pads alone", "===="},
        {"two pads alone", "=="},
        {"padding in the middle", "Zg==Zg=="},
        {"padding before the last character", "Zm=v"},
        {"padding where none is needed", "Zm9v===="},
    }));
    CAPTURE(name);
    CHECK_FALSE(base64_decode(text).has_value());
}

TEST_CASE("RFC4648-3.5-1 pad bits that are not zero are refused, so that each value has one encoding")
{
    const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int two_pads = 0;
    int one_pad = 0;
    for (const char last : alphabet) {
        two_pads += base64_decode("Z"s + last + "==").has_value() ? 1 : 0;
        one_pad += base64_decode("Zm"s + last + "=").has_value() ? 1 : 0;
    }
    CHECK(two_pads == 4); // 4 pad bits of 6
    CHECK(one_pad == 16); // 2 of 6
}

TEST_CASE("STILE-base64-2 every byte survives, at every length")
{
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        bytes += static_cast<char>(i * 7);
        CHECK(base64_decode(base64_encode(bytes)) == bytes);
    }
}
