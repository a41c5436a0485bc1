#include "shared/oauth/amr.h"

#include <catch2/catch.hpp>

using namespace stile;

TEST_CASE("RFC8176-2-1 amr is words of the registry, each once, separated by single spaces")
{
    for (const char* text : {"", "pwd", "pwd otp", "face fpt geo hwk iris kba mca mfa otp pin pop",
                             "pwd rba retina sc sms swk tel user vbm wia"}) {
        CAPTURE(text);
        const auto amr = Amr::parse(text);
        REQUIRE(amr);
        CHECK(amr->text() == text);
    }
    for (const char* text : {" ", "pwd ", " pwd", "pwd  otp", "PWD", "password", "pwd,otp", "pwd pwd", "pwd\notp"}) {
        CAPTURE(text);
        CHECK_FALSE(Amr::parse(text));
    }
    CHECK(Amr::password().text() == "pwd");
    CHECK(Amr().text().empty());
}
