#include "shared/oauth/split_token.h"

#include "shared/base/text.h"
#include "shared/crypto/digest.h"
#include "tests/support/catch.h"
#include "tests/support/fixed_random.h"

using namespace stile;
using namespace stile::test;
using namespace std::string_literals;

namespace {

const std::string grant_id = "GrantIdent12";
const std::string selector = "Select";
const std::string secret = "0123456789abcdefghijABCD";
const std::string whole = grant_id + selector + secret; // 42

} // namespace

TEST_CASE("STILE-split-token-1 a token consists of grant id, selector and secret")
{
    const auto token = SplitToken::parse(whole, code_length);
    REQUIRE(token.has_value());
    CHECK(token->grant_id() == grant_id);
    CHECK(token->selector() == selector);
    CHECK(token->secret().reveal() == secret);
    CHECK(token->secret_sha256() == sha256_base64url(secret));
    CHECK(token->whole().reveal() == whole);
}

TEST_CASE("STILE-split-token-2 a token has exactly its length and only base62 characters")
{
    const auto [name, text, length] = GENERATE(table<std::string, std::string, std::size_t>({
        {"empty", "", code_length},
        {"one short", whole.substr(1), code_length},
        {"one long", whole + "a", code_length},
        {"an access token for a refresh token", whole, refresh_token_length},
        {"a refresh token for an access token", whole + "abcdef", access_token_length},
        {"space behind, length kept", whole.substr(0, 41) + " ", code_length},
        {"line feed behind, length kept", whole.substr(0, 41) + "\n", code_length},
        {"NUL behind, length kept", whole.substr(0, 41) + "\0"s, code_length},
        {"NUL in the grant id", "\0"s + whole.substr(1), code_length},
        {"base64url mark in the secret", whole.substr(0, 41) + "-", code_length},
        {"brace in the grant id", "}" + whole.substr(1), code_length},
        {"colon in the selector", whole.substr(0, 12) + ":" + whole.substr(13), code_length},
        {"UTF-8", whole.substr(0, 40) + "\xc3\xa4", code_length},
    }));
    CAPTURE(name);
    CHECK_FALSE(SplitToken::parse(text, length).has_value());
}

TEST_CASE("STILE-split-token-3 codes and access tokens are 42 characters, refresh tokens 48")
{
    CHECK(code_length == 42);
    CHECK(access_token_length == 42);
    CHECK(refresh_token_length == 48);
    FixedRandom random;
    const auto length = GENERATE(code_length, access_token_length, refresh_token_length);
    const auto token = SplitToken::mint(grant_id, length, random);
    const Secret text = token.whole();
    CHECK(text.reveal().size() == length);
    CHECK(text.reveal().starts_with(grant_id));
    CHECK(all_of(text.reveal(), is_base62));
    CHECK(token.secret().reveal().size() == length - 18);
    const auto parsed = SplitToken::parse(text.reveal(), length);
    REQUIRE(parsed.has_value());
    CHECK(parsed->secret_sha256() == token.secret_sha256());
    CHECK(parsed->selector() == token.selector());
}

TEST_CASE("STILE-split-token-4 each new token has its own selector and secret")
{
    FixedRandom random;
    const auto a = SplitToken::mint(grant_id, code_length, random);
    const auto b = SplitToken::mint(grant_id, code_length, random);
    CHECK(a.selector() != b.selector());
    CHECK(a.secret_sha256() != b.secret_sha256());
}

TEST_CASE("STILE-split-token-5 a token made from a given tail is always the same")
{
    const auto token = SplitToken::of(grant_id, Secret(selector + secret));
    CHECK(token.grant_id() == grant_id);
    CHECK(token.selector() == selector);
    CHECK(token.whole().reveal() == whole);
}

TEST_CASE("STILE-split-token-6 a pair belongs to one grant, and has a refresh token if the client may refresh")
{
    FixedRandom random;
    const auto pair = TokenPair::mint(grant_id, true, random);
    CHECK(pair.access.grant_id() == grant_id);
    CHECK(pair.access.whole().reveal().size() == access_token_length);
    REQUIRE(pair.refresh.has_value());
    CHECK(pair.refresh->grant_id() == grant_id);
    CHECK(pair.refresh->whole().reveal().size() == refresh_token_length);
    CHECK(pair.refresh->selector() != pair.access.selector());
    CHECK_FALSE(TokenPair::mint(grant_id, false, random).refresh.has_value());
}

TEST_CASE("STILE-split-token-7 a grant id is 12 base62 characters")
{
    const auto [text, valid] = GENERATE(table<std::string, bool>({
        {"GrantIdent12", true},
        {"", false},
        {"GrantIdent1", false},
        {"GrantIdent123", false},
        {"GrantIdent1-", false},
        {"GrantIdent1}", false},
        {"GrantIdent1\0"s, false},
    }));
    CAPTURE(text);
    CHECK(is_grant_id(text) == valid);
}
