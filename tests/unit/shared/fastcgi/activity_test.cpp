#include "shared/fastcgi/activity.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

using namespace stile;

TEST_CASE("STILE-idle-1 the idle time begins when the last request has ended, and never during a request")
{
    test::FakeClock clock;
    Activity activity(clock, 2);
    clock.advance(3);
    CHECK(activity.idle_for() == 3000);
    activity.begin_request();
    clock.advance(100);
    CHECK(activity.idle_for() == 0);
    activity.begin_request();
    activity.end_request();
    clock.advance(1);
    CHECK(activity.idle_for() == 0);
    activity.end_request();
    CHECK(activity.idle_for() == 0);
    clock.advance(5);
    CHECK(activity.idle_for() == 5000);
}

TEST_CASE("STILE-watchdog-1 a function is alive while a thread is free, or while requests complete")
{
    test::FakeClock clock;
    Activity activity(clock, 2);
    CHECK(activity.makes_progress());
    activity.begin_request();
    CHECK(activity.makes_progress());
    activity.begin_request();
    CHECK_FALSE(activity.makes_progress());
    activity.end_request();
    activity.begin_request();
    CHECK(activity.makes_progress()); // as busy as before, but not with the same
    CHECK_FALSE(activity.makes_progress());
    activity.end_request();
    CHECK(activity.makes_progress());
    CHECK(activity.makes_progress());
}

TEST_CASE("STILE-backchannel-6 pending work delays the idle exit, as a request does")
{
    test::FakeClock clock;
    Activity activity(clock, 2);
    clock.advance(5);
    activity.keep_awake();
    CHECK(activity.idle_for() == 0);
    clock.advance(2);
    CHECK(activity.idle_for() == 2000);
}
