#include "shared/oauth/pkce.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

namespace {

std::string characters(std::size_t count)
{
    return std::string(count, 'a');
}

} // namespace

TEST_CASE("RFC7636-B-1 the example of appendix B")
{
    const auto challenge = code_challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    REQUIRE(challenge.has_value());
    CHECK(*challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_CASE("RFC7636-4.1-2 a code_verifier is 43 to 128 unreserved characters")
{
    const auto [name, verifier, valid] = GENERATE(table<std::string, std::string, bool>({
        {"empty", "", false},
        {"42", characters(42), false},
        {"43", characters(43), true},
        {"128", characters(128), true},
        {"129", characters(129), false},
        {"all four marks", characters(40) + "-._~", true},
        {"plus", characters(43) + "+", false},
        {"slash", characters(43) + "/", false},
        {"padding", characters(43) + "=", false},
        {"percent escape", characters(43) + "%41", false},
        {"space", characters(43) + " ", false},
        {"NUL", characters(43) + "\0"s, false},
        {"line feed", characters(43) + "\n", false},
        {"UTF-8", characters(43) + "\xc3\xa4", false},
    }));
    CAPTURE(name);
    const auto challenge = code_challenge_of(verifier);
    CHECK(challenge.has_value() == valid);
    if (challenge)
        CHECK(is_code_challenge(*challenge));
    else
        CHECK(challenge.error().code == ErrorCode::invalid_request);
}

TEST_CASE("STILE-pkce-2 a code_challenge of S256 is 43 base64url characters")
{
    const auto [name, challenge, valid] = GENERATE(table<std::string, std::string, bool>({
        {"the example", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", true},
        {"both marks of base64url", characters(41) + "-_", true},
        {"empty", "", false},
        {"42", characters(42), false},
        {"44", characters(44), false},
        {"padded", characters(42) + "=", false},
        {"base64 plus", characters(42) + "+", false},
        {"base64 slash", characters(42) + "/", false},
        {"marks of a plain verifier", characters(42) + "~", false},
        {"dot", characters(42) + ".", false},
        {"NUL", characters(42) + "\0"s, false},
    }));
    CAPTURE(name);
    CHECK(is_code_challenge(challenge) == valid);
}

TEST_CASE("STILE-pkce-1 verifiers that differ in one character have different challenges")
{
    CHECK(*code_challenge_of(characters(43)) != *code_challenge_of(characters(44)));
    CHECK(*code_challenge_of(characters(42) + "b") != *code_challenge_of(characters(42) + "B"));
}
