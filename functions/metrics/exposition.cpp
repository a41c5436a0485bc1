#include "functions/metrics/exposition.h"

#include <array>
#include <charconv>

namespace stile::metrics {

namespace {

std::string escaped(std::string_view value)
{
    std::string text;
    for (const char c : value)
        if (c == '\n')
            text.append("\\n");
        else
            text.append(c == '\\' || c == '"' ? "\\" : "").append(1, c);
    return text;
}

// Exact: 100 microseconds are 0.0001.
std::string in_seconds(std::uint64_t microseconds)
{
    std::array<char, 32> text{};
    const auto end =
        std::to_chars(text.begin(), text.end(), static_cast<double>(microseconds) / 1e6, std::chars_format::fixed).ptr;
    return {text.begin(), end};
}

} // namespace

void Exposition::begin(std::string_view name, std::string_view type, std::string_view help)
{
    m_name = name;
    m_text.append("# HELP ").append(name).append(" ").append(help).append("\n");
    m_text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void Exposition::sample(const Labels& labels, std::uint64_t value)
{
    line("", labels, std::to_string(value));
}

// Buckets are cumulative: each counts all durations up to its bound. The sum is computed from the values that were
// read, so that it equals the count even while other processes continue counting.
void Exposition::histogram(const Labels& labels, const Histogram& histogram)
{
    auto with_bound = labels;
    with_bound.emplace_back("le", "");
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        count += histogram.counts[i].load();
        const bool is_last = i == Histogram::bounds.size();
        const auto bound = is_last ? "+Inf" : in_seconds(static_cast<std::uint64_t>(Histogram::bounds[i]));
        with_bound.back().second = bound;
        line("_bucket", with_bound, std::to_string(count));
    }
    line("_sum", labels, in_seconds(histogram.microseconds.load()));
    line("_count", labels, std::to_string(count));
}

void Exposition::line(std::string_view suffix, const Labels& labels, std::string_view value)
{
    m_text.append(m_name).append(suffix);
    std::string_view before = "{";
    for (const auto& [name, text] : labels) {
        m_text.append(before).append(name).append("=\"").append(escaped(text)).append("\"");
        before = ",";
    }
    m_text.append(labels.empty() ? " " : "} ").append(value).append("\n");
}

} // namespace stile::metrics
