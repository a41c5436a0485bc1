// Catch2 2 (Debian 12: one header) or 3 (Debian 13: headers by part and a library), under the names that both have.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_adapters.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <catch2/internal/catch_context.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

namespace Catch {

using Matchers::EndsWith;

inline auto Contains(const std::string& text)
{
    return Matchers::ContainsSubstring(text);
}

} // namespace Catch
#else
#include <catch2/catch.hpp>
#endif
