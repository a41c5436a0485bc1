#include "functions/metrics/exposition.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace stile::metrics;
using namespace std::chrono_literals;

TEST_CASE("STILE-exposition-1 a metric has its help, its type and its samples with escaped labels")
{
    Exposition exposition;
    exposition.begin("a_total", "counter", "What it is.");
    exposition.sample({}, 1);
    exposition.sample({{"x", "plain"}, {"y", "a\\b\"c\nd"}}, 18'446'744'073'709'551'615U);
    CHECK(exposition.take()
          == "# HELP a_total What it is.\n# TYPE a_total counter\na_total 1\n"
             "a_total{x=\"plain\",y=\"a\\\\b\\\"c\\nd\"} 18446744073709551615\n");
}

TEST_CASE("STILE-exposition-2 the buckets of a histogram are cumulative, in seconds, and end with +Inf")
{
    Histogram histogram{};
    for (const auto duration : {50us, 200us, 7'000'000us})
        histogram.add(duration);
    Exposition exposition;
    exposition.begin("t", "histogram", "T.");
    exposition.histogram({{"f", "x"}}, histogram);
    const auto text = exposition.take();
    CHECK(text.contains("t_bucket{f=\"x\",le=\"0.0001\"} 1\nt_bucket{f=\"x\",le=\"0.00025\"} 2\n"));
    CHECK(text.contains("t_bucket{f=\"x\",le=\"5\"} 2\nt_bucket{f=\"x\",le=\"+Inf\"} 3\n"));
    CHECK(text.ends_with("t_sum{f=\"x\"} 7.00025\nt_count{f=\"x\"} 3\n"));
}
