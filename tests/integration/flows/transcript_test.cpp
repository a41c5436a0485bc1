// The reference transcript of the design, to the letter.
#include "tests/integration/support/flow.h"

#include "shared/base/clock.h"
#include "shared/store/connection.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

const Parameters as_in_transcript = demo_request();

} // namespace

TEST_CASE("STILE-flow-4 the home page describes this server and links to the flow")
{
    HttpClient client(shared_stack().base_url());
    const auto page = client.get("/");
    CHECK(page.status == 200);
    CHECK(page.body.contains(shared_stack().issuer() + "/oauth/authorize?client_id=test_client&amp;"));
}
