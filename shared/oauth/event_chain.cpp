#include "shared/oauth/event_chain.h"

#include "shared/crypto/digest.h"

namespace stile {

namespace {

constexpr std::size_t id_length = 12;
constexpr std::size_t digest_bytes = 16;

} // namespace

std::string event_digest(std::span<const std::pair<std::string_view, std::string_view>> fields)
{
    std::string text;
    for (const auto& [name, value] : fields)
        if (!value.empty())
            text.append(name).append("=").append(std::to_string(value.size())).append(":").append(value).append("\n");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string digest;
    for (const char c : sha256(text).substr(0, digest_bytes)) {
        const auto byte = static_cast<unsigned char>(c);
        digest.append({digits[byte >> 4U], digits[byte & 15U]});
    }
    return digest;
}

EventChain::EventChain(Random& random) : m_id(random.base62(id_length)) {}

void EventChain::link(EventRecord& record)
{
    auto& end = m_ends.at(static_cast<std::size_t>(kind_of(record.event.name)));
    record.place = {m_id, std::to_string(++end.number), end.digest};
    end.digest = event_digest(record.fields());
}

} // namespace stile
