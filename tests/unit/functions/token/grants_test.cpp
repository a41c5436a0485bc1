#include "functions/token/grants.h"

#include "shared/oauth/grant_type.h"
#include "shared/oauth/settings.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace stile;

namespace {

template <typename Range>
std::vector<std::string> sorted(const Range& names)
{
    std::vector<std::string> result(names.begin(), names.end());
    std::ranges::sort(result);
    return result;
}

} // namespace

TEST_CASE("STILE-grant-type-1 the grant types that can be enabled and registered are those of the token function")
{
    std::vector<std::string> compiled_in;
    for (const auto& grant_type : token::grant_types) {
        compiled_in.emplace_back(grant_type.name);
        CHECK(grant_type.issue != nullptr);
    }
    CHECK(sorted(compiled_in) == sorted(known_grant_types));
    // RFC 9700 section 2.4: the password grant is off unless it is enabled.
    CHECK(sorted(Settings().grant_types)
          == std::vector<std::string>{"authorization_code", "client_credentials", "refresh_token"});
    const auto names = sorted(compiled_in);
    CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("STILE-grant-type-2 a grant type is recognised only by its exact name")
{
    for (const auto name : known_grant_types) {
        CAPTURE(name);
        CHECK(is_grant_type(name));
        CHECK_FALSE(is_grant_type(std::string(name) + " "));
        CHECK_FALSE(is_grant_type(name.substr(1)));
    }
    const std::string unknown = GENERATE("", "Authorization_Code", "implicit", "refresh", "*");
    CAPTURE(unknown);
    CHECK_FALSE(is_grant_type(unknown));
}
