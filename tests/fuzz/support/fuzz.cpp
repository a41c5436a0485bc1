#include "tests/fuzz/support/fuzz.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace stile::fuzz {

void fails(const char* what, const char* file, int line)
{
    std::cerr << file << ":" << line << ": does not hold: " << what << std::endl;
    std::abort();
}

std::vector<std::string_view> lines(std::string_view input, std::size_t count)
{
    std::vector<std::string_view> result;
    while (result.size() + 1 < count) {
        const auto end = std::min(input.find('\n'), input.size());
        result.push_back(input.substr(0, end));
        input.remove_prefix(std::min(end + 1, input.size()));
    }
    result.push_back(input);
    return result;
}

bool is_utf8(std::string_view text)
{
    for (std::size_t i = 0; i < text.size();) {
        const auto at = [&](std::size_t n) {
            return i + n < text.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(text[i + n])) : 0U;
        };
        const auto first = at(0);
        const std::size_t length = first < 0x80       ? 1
                                   : first >> 5 == 6  ? 2
                                   : first >> 4 == 14 ? 3
                                   : first >> 3 == 30 ? 4
                                                      : 0;
        if (length == 0)
            return false;
        std::uint32_t point = length == 1 ? first : first & (0x7fU >> length);
        for (std::size_t n = 1; n < length; ++n) {
            if (at(n) >> 6 != 2)
                return false;
            point = point << 6 | (at(n) & 0x3fU);
        }
        constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return false;
        i += length;
    }
    return true;
}

} // namespace stile::fuzz

// Called by libFuzzer. The bytes are in memory of exactly their size, so that reading beyond them is detected.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    stile::fuzz::fuzz({reinterpret_cast<const char*>(data), size});
    return 0;
}
