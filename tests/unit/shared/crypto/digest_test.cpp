#include "shared/crypto/digest.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

namespace {

std::string hex(const std::string& bytes)
{
    std::string text;
    for (const char byte : bytes) {
        text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

// The key of RFC 4231 §4.5: 01 02 … 19.
std::string counting_key()
{
    std::string key;
    for (char byte = 1; byte <= 25; ++byte)
        key += byte;
    return key;
}

} // namespace

TEST_CASE("STILE-digest-4 SHA-256 gives the published digests")
{
    const auto [name, message, digest] = GENERATE(table<std::string, std::string, std::string>({
        {"empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"one block", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"a million", std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    }));
    CAPTURE(name);
    CHECK(hex(sha256(message)) == digest);
}

TEST_CASE("RFC4231-4-1 HMAC-SHA-256 gives the published codes")
{
    const auto [name, key, message, code] = GENERATE(table<std::string, std::string, std::string, std::string>({
        {"case 1", std::string(20, '\x0b'), "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"case 2", "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"case 3", std::string(20, '\xaa'), std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {"case 4", counting_key(), std::string(50, '\xcd'),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {"case 6", std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"case 7", std::string(131, '\xaa'),
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
         "hashed before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    }));
    CAPTURE(name);
    CHECK(hex(hmac_sha256(key, message)) == code);
}

TEST_CASE("STILE-digest-1 input has an explicit length: a NUL byte does not end a message or a key")
{
    CHECK(sha256("a\0b"s) != sha256("a"));
    CHECK(sha256("a\0b"s) != sha256("a\0c"s));
    CHECK(hmac_sha256("k", "a\0b"s) != hmac_sha256("k", "a\0c"s));
    CHECK(hmac_sha256("k\0x"s, "a") != hmac_sha256("k\0y"s, "a"));
}

TEST_CASE("STILE-digest-2 a digest for storing is 43 characters of base64url")
{
    CHECK(sha256_base64url("abc") == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    CHECK(sha256_base64url("").size() == 43);
}

TEST_CASE("STILE-digest-3 comparison in constant time gives the same result as ==")
{
    const auto [name, a, b] = GENERATE(table<std::string, std::string, std::string>({
        {"equal", "abc", "abc"},
        {"both empty", "", ""},
        {"first byte differs", "abc", "xbc"},
        {"last byte differs", "abc", "abx"},
        {"prefix", "abc", "abcd"},
        {"one empty", "", "a"},
        {"differs behind a NUL", "a\0b"s, "a\0c"s},
        {"NUL appended", "a", "a\0"s},
        {"case", "abc", "ABC"},
    }));
    CAPTURE(name);
    CHECK(equal_in_constant_time(a, b) == (a == b));
    CHECK(equal_in_constant_time(b, a) == (a == b));
}
