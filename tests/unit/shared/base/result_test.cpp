#include "shared/base/result.h"

#include "tests/support/catch.h"

#include <memory>
#include <string>

using namespace stile;

namespace {

using Answer = Expected<std::unique_ptr<int>, std::string>;

Answer half(int number)
{
    if (number % 2 != 0)
        return std::unexpected("odd");
    return std::make_unique<int>(number / 2);
}

Expected<void, std::string> require_positive(int number)
{
    if (number <= 0)
        return std::unexpected("not positive");
    return {};
}

Expected<int, std::string> quarter(int number, int& steps)
{
    TRY(require_positive(number));
    ++steps;
    const auto once = TRY(half(number)); // moved, not copied
    ++steps;
    const auto twice = TRY(half(*once));
    ++steps;
    return *twice;
}

} // namespace

TEST_CASE("STILE-result-1 TRY gives the value, or returns the error")
{
    const auto [name, number, error, steps_taken] = GENERATE(table<std::string, int, std::string, int>({
        {"all succeed", 8, "", 3},
        {"the first fails, of type void", -8, "not positive", 0},
        {"the second fails", 7, "odd", 1},
        {"the third fails", 6, "odd", 2},
    }));
    CAPTURE(name);
    int steps = 0;
    const auto result = quarter(number, steps);
    CHECK(steps == steps_taken);
    CHECK(result.has_value() == error.empty());
    CHECK((result ? std::string() : result.error()) == error);
    CHECK(result.value_or(0) == (error.empty() ? number / 4 : 0));
}

TEST_CASE("STILE-result-2 take() moves the value out")
{
    auto answer = half(10);
    REQUIRE(answer.has_value());
    const std::unique_ptr<int> taken = answer.take();
    CHECK(*taken == 5);
    CHECK(*answer == nullptr);
}
