// What most files include, compiled once for all of them (Makefile). Each file still includes what it uses: `make lint`
// reads them without this one.
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
