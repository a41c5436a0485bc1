#include "shared/oauth/amr.h"

#include "tests/support/catch.h"

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

TEST_CASE("STILE-acr-1 acr is the number of known factors, up to 2")
{
    CHECK(acr_of("") == "0");
    for (const char* one : {"pwd", "otp", "hwk user", "pwd otp"}) // several methods need not be several factors
        CHECK(acr_of(one) == "1");
    for (const char* several : {"mfa", "pwd otp mfa", "mfa face"})
        CHECK(acr_of(several) == "2");
}
