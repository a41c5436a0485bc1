// The most common includes, compiled once for all files (Makefile). Each file still includes what it uses: `make lint`
// compiles without this header.
#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
