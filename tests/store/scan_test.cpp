// names_below: scans a key family with SCAN.
#include "shared/store/scan.h"
#include "tests/store/store.h"

namespace stile {

TEST_CASE("STILE-store-61 a scan returns each name of a key family once and sorted, among thousands of others")
{
    Store store;
    std::vector<std::string> expected;
    std::vector<std::string> sets;
    for (int i = 10'000; i < 13'000; ++i) {
        expected.push_back(std::to_string(i));
        sets.insert(sets.end(), {"user:" + expected.back(), "", "users:" + expected.back(), ""});
    }
    Arguments command = {"MSET"};
    command.insert(command.end(), sets.begin(), sets.end());
    store.ask(command);
    CHECK(must(names_below(store.admin, "user:")) == expected);
    CHECK(must(names_below(store.admin, "client:")).empty());
}

} // namespace stile
