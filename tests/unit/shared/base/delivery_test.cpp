#include "shared/base/delivery.h"

#include "tests/support/catch.h"

using namespace stile;

TEST_CASE("STILE-deliver-1 orders and results are read as they were written, and nothing else is")
{
    const auto order = read_order(write_order({7, "https://a.example/told?x=1", "logout_token=a.b.c"}));
    REQUIRE(order);
    CHECK(order->id == 7);
    CHECK(order->uri == "https://a.example/told?x=1");
    CHECK(order->form == "logout_token=a.b.c");
    const auto result = read_result(write_result({7, 204, false}));
    REQUIRE(result);
    CHECK(result->id == 7);
    CHECK(result->status == 204);
    CHECK_FALSE(result->timed_out);
    CHECK(read_result(write_result({8, 0, true}))->timed_out);
    CHECK(read_allowed_networks(write_allowed_networks("10.0.0.0/8,::1")) == "10.0.0.0/8,::1");
    CHECK(read_allowed_networks(write_allowed_networks("")) == "");
    const std::string wrong = GENERATE("", "x", "post", "post 1 x", "post x https://a x", "post 1 https://a b c",
                                       "allow", "1 200", "1 200 2", "1 200 0 x", "x 200 0", "1 x 0");
    CAPTURE(wrong);
    CHECK_FALSE(read_order(wrong));
    CHECK_FALSE(read_result(wrong));
    CHECK_FALSE(read_allowed_networks(wrong));
}
