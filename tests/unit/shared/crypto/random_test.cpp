#include "shared/crypto/random.h"

#include "shared/base/text.h"
#include "tests/support/catch.h"
#include "tests/support/fixed_random.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

using namespace stile;
using namespace stile::test;

namespace {

using Bytes = std::vector<unsigned char>;

Bytes every_byte()
{
    Bytes bytes(256);
    std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(0));
    return bytes;
}

} // namespace

TEST_CASE("STILE-random-1 bytes are mapped to base62; bytes that would bias the result are skipped")
{
    const auto [name, bytes, length, text] = GENERATE(table<std::string, Bytes, std::size_t, std::string>({
        {"the first of each kind", {0, 9, 10, 35, 36, 61}, 6, "09AZaz"},
        {"round again", {62, 123, 124, 247}, 4, "0z0z"},
        {"248 and above are passed over", {248, 1, 255, 2, 250, 3}, 3, "123"},
        {"no more than asked for", {1, 2, 3}, 2, "12"},
        {"bytes run out", {1, 255, 2}, 5, "12"},
        {"nothing asked for", {1, 2}, 0, ""},
        {"nothing there", {}, 5, ""},
        {"all passed over", {248, 251, 255}, 3, ""},
    }));
    CAPTURE(name);
    CHECK(base62_from(bytes, length) == text);
}

TEST_CASE("STILE-random-2 uniform bytes give uniform characters")
{
    const auto text = base62_from(every_byte(), 256);
    std::map<char, int> counts;
    for (const char c : text)
        ++counts[c];
    CHECK(counts.size() == 62);
    CHECK(std::ranges::all_of(counts, [](const auto& entry) { return entry.second == 4; }));
}

TEST_CASE("STILE-random-3 base62() gives exactly the requested length, however many bytes are skipped")
{
    const auto length = GENERATE(as<std::size_t>(), 0, 1, 12, 24, 63, 64, 65, 200);
    FixedRandom fixed;
    ScriptedRandom mostly_unusable({255, 254, 253, 61});
    CAPTURE(length);
    CHECK(fixed.base62(length).size() == length);
    CHECK(all_of(fixed.base62(length), is_base62));
    CHECK(mostly_unusable.base62(length) == std::string(length, 'z'));
}

TEST_CASE("STILE-random-4 the system's random bytes fill the whole span and do not repeat")
{
    SystemRandom random;
    std::array<unsigned char, 4096> bytes{};
    random.fill(bytes);
    CHECK(std::ranges::count(bytes, 0) < 100); // 16 expected
    CHECK(random.base62(24) != random.base62(24));
    CHECK(random.base62(24).size() == 24);
}
