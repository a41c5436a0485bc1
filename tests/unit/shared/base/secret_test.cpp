#include "shared/base/secret.h"

#include "shared/base/log.h"
#include "tests/support/catch.h"

#include <array>
#include <concepts>
#include <new>
#include <sstream>

using namespace stile;
using namespace std::string_literals;

namespace {

template <typename T>
concept Printable = requires(std::ostream& stream, const T& value) { stream << value; };

// The rules are kept by the compiler: these lines fail to compile when Secret learns to print, compare or convert.
static_assert(Printable<std::string> && !Printable<Secret>);
static_assert(!std::equality_comparable<Secret>);
static_assert(!std::convertible_to<Secret, std::string> && !std::convertible_to<Secret, std::string_view>);
static_assert(!std::convertible_to<std::string, Secret>, "a secret is made on purpose");
static_assert(!std::constructible_from<LogField, std::string_view, Secret>);

// Short enough to be inside the std::string, so that the bytes can be read after the object is destroyed.
constexpr std::string_view marker = "s3cr3t-bytes";

bool contains_marker(const unsigned char* bytes, std::size_t size)
{
    return std::string_view(reinterpret_cast<const char*>(bytes), size).contains(marker);
}

// Called through a volatile pointer, so that the compiler cannot conclude from the end of the object's lifetime that
// the bytes are not read.
bool (*volatile holds_marker)(const unsigned char*, std::size_t) = contains_marker;

} // namespace

TEST_CASE("STILE-secret-1 a secret is overwritten when it is destroyed")
{
    alignas(Secret) std::array<unsigned char, sizeof(Secret)> storage{};
    auto* secret = new (storage.data()) Secret(std::string(marker));
    REQUIRE(holds_marker(storage.data(), storage.size()));
    secret->~Secret();
    CHECK_FALSE(holds_marker(storage.data(), storage.size()));
}

TEST_CASE("STILE-secret-2 a secret is overwritten before a new value is assigned")
{
    alignas(Secret) std::array<unsigned char, sizeof(Secret)> storage{};
    auto* secret = new (storage.data()) Secret(std::string(marker));
    const Secret shorter("x");
    *secret = shorter;
    CHECK(secret->reveal() == "x");
    CHECK_FALSE(holds_marker(storage.data(), storage.size()));
    secret->~Secret();
}

TEST_CASE("STILE-secret-3 copies are equal and independent; self-assignment is safe")
{
    Secret original("value with a NUL \0 inside"s);
    Secret copy(original);
    CHECK(copy.reveal() == "value with a NUL \0 inside"s);
    copy = Secret("other"s);
    CHECK(original.reveal() == "value with a NUL \0 inside"s);
    auto& alias = original;
    original = alias;
    CHECK(original.reveal() == "value with a NUL \0 inside"s);
}

TEST_CASE("STILE-secret-4 a moved-from secret keeps nothing of the value")
{
    const auto value = GENERATE("short"s, std::string(200, 'x'));
    Secret source(value);
    Secret constructed(std::move(source));
    CHECK(constructed.reveal() == value);
    CHECK(source.empty()); // NOLINT(bugprone-use-after-move): that is the question
    Secret assigned;
    assigned = std::move(constructed);
    CHECK(assigned.reveal() == value);
    CHECK(constructed.empty()); // NOLINT(bugprone-use-after-move)
}

TEST_CASE("STILE-secret-5 a default-constructed secret is empty")
{
    CHECK(Secret().empty());
    CHECK(Secret(""s).empty());
    CHECK_FALSE(Secret("\0"s).empty());
    CHECK(Secret().reveal().empty());
}
