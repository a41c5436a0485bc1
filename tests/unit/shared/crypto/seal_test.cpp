#include "shared/crypto/seal.h"

#include "shared/crypto/base64.h"
#include "tests/support/catch.h"
#include "tests/support/fixed_random.h"

#include <numeric>

using namespace stile;
using namespace stile::test;
using namespace std::string_literals;

namespace {

const Secret secret("sssssssssssssssssssssssssssssSecret"s);
constexpr std::string_view purpose = "successor";

std::string sealed(std::string_view plaintext)
{
    FixedRandom random;
    return seal(plaintext, secret, purpose, random);
}

std::string changed_at(std::string_view text, std::size_t position)
{
    auto bytes = base64_decode(text).value();
    bytes[position] = static_cast<char>(bytes[position] ^ 1);
    return base64_encode(bytes);
}

} // namespace

TEST_CASE("STILE-seal-1 the sealed text is what another library's HKDF-SHA256 and AES-256-GCM give")
{
    std::vector<unsigned char> nonce(12);
    std::iota(nonce.begin(), nonce.end(), static_cast<unsigned char>(0));
    ScriptedRandom random(nonce);
    // Computed with Python's cryptography: HKDF(SHA256, 32, salt=None, info=b"successor"), AESGCM, nonce 00 … 0b.
    const std::string known = "AAECAwQFBgcICQoL17Iq1IogJbOuOjkDlFagZiNcPpy/DDbL0t8=";
    CHECK(seal("plain text", secret, purpose, random) == known);
    const auto opened = unseal(known, secret, purpose);
    REQUIRE(opened.has_value());
    CHECK(opened->reveal() == "plain text");
}

TEST_CASE("STILE-seal-2 a sealed text opens with the same secret and purpose")
{
    const auto plaintext = GENERATE(""s, "x"s, "with a \0 NUL"s, std::string(5000, 'y'));
    const auto opened = unseal(sealed(plaintext), secret, purpose);
    REQUIRE(opened.has_value());
    CHECK(opened->reveal() == plaintext);
}

TEST_CASE("STILE-seal-3 it does not open with another secret or purpose")
{
    const auto [name, other_secret, other_purpose] = GENERATE(table<std::string, std::string, std::string>({
        {"last character of the secret", "sssssssssssssssssssssssssssssSecreT", "successor"},
        {"shorter secret", "sssssssssssssssssssssssssssssSecre", "successor"},
        {"another purpose", std::string(secret.reveal()), "parked"},
        {"prefix of the purpose", std::string(secret.reveal()), "successo"},
        {"a byte moved from purpose to secret", std::string(secret.reveal()) + "s", "uccessor"},
    }));
    CAPTURE(name);
    CHECK_FALSE(unseal(sealed("plain"), Secret(other_secret), other_purpose).has_value());
}

TEST_CASE("STILE-seal-4 a change of any byte is detected")
{
    const std::string text = sealed("plain");
    for (std::size_t i = 0; i < 12 + 5 + 16; ++i) {
        CAPTURE(i);
        CHECK_FALSE(unseal(changed_at(text, i), secret, purpose).has_value());
    }
}

TEST_CASE("STILE-seal-5 a text that is not sealed is refused")
{
    const std::string bytes = base64_decode(sealed("plain")).value();
    const auto [name, text] = GENERATE_COPY(table<std::string, std::string>({
        {"empty", ""},
        {"not base64", "{}"},
        {"shorter than nonce and tag", base64_encode(std::string(27, '\0'))},
        {"nonce and tag of zeros", base64_encode(std::string(28, '\0'))},
        {"cut at the end", base64_encode(bytes.substr(0, bytes.size() - 1))},
        {"cut at the start", base64_encode(bytes.substr(1))},
        {"a byte appended", base64_encode(bytes + '\0')},
        {"white space appended", base64_encode(bytes) + "\n"},
    }));
    CAPTURE(name);
    CHECK_FALSE(unseal(text, secret, purpose).has_value());
}

TEST_CASE("STILE-seal-6 the same text sealed twice gives different results")
{
    FixedRandom random;
    CHECK(seal("plain", secret, purpose, random) != seal("plain", secret, purpose, random));
}
