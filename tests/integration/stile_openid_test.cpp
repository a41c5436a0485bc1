// The admin command and OpenID Connect: keys that clients need.
#include "tests/integration/support/flow.h"
#include "tests/support/catch.h"

using namespace stile::test;

TEST_CASE("STILE-openid-7 check reports a missing key for a signature algorithm that a client has registered")
{
    Stack stack;
    const auto check = [&] { return stack.admin({"check"}); };
    const auto sound = check();
    CHECK(sound.status == 0);
    CHECK(sound.output.contains("ok       there is a key for RS256, which OpenID Connect needs for "));
    add_client(stack, {"--id", "eddy", "--redirect-uri", demo_redirect, "--scope", "openid",
                       "--id-token-signed-response-alg", "EdDSA", "--userinfo-signed-response-alg", "PS256"});
    add_client(stack, {"--id", "plain", "--redirect-uri", demo_redirect, "--scope", "email",
                       "--id-token-signed-response-alg", "PS256"});
    const auto lacking = check();
    CHECK(lacking.status == 1);
    for (const std::string alg : {"EdDSA", "PS256"})
        CHECK(lacking.output.contains("PROBLEM  no key signs with " + alg
                                      + ", which OpenID Connect needs for client eddy; run stile keys rotate --alg "
                                      + alg + "\n"));
    for (const std::string alg : {"EdDSA", "PS256"})
        CHECK(stack.admin({"keys", "rotate", "--alg", alg}).status == 0);
    CHECK(check().status == 0);
}
