// The text format of Prometheus, version 0.0.4.
#pragma once

#include "shared/base/metrics.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile::metrics {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

class Exposition {
public:
    // The following samples belong to this metric; `type` is counter, gauge or histogram.
    void begin(std::string_view name, std::string_view type, std::string_view help);
    void sample(const Labels& labels, std::uint64_t value);
    void histogram(const Labels& labels, const Histogram& histogram);

    std::string take() { return std::move(m_text); }

private:
    void line(std::string_view suffix, const Labels& labels, std::string_view value);

    std::string m_name;
    std::string m_text;
};

} // namespace stile::metrics
