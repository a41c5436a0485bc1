#include "shared/oauth/subject.h"

#include "shared/base/uri.h"
#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"

namespace stile {

namespace {

std::string hex(std::string_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char byte : bytes) {
        text += digits[static_cast<unsigned char>(byte) >> 4];
        text += digits[static_cast<unsigned char>(byte) & 0xf];
    }
    return text;
}

} // namespace

std::string subject_for(const Client& client, std::string_view subject)
{
    if (client.pairwise_salt.empty())
        return std::string(subject);
    const auto sector = sector_of(client).value_or(client.id); // a pairwise client was registered with one
    return hex(hmac_sha256(client.pairwise_salt, sector + "\n" + std::string(subject)).substr(0, 16));
}

bool gives_other_subs(const Client& before, const Client& after)
{
    constexpr std::string_view any_subject = "x";
    return subject_for(before, any_subject) != subject_for(after, any_subject);
}

std::string_view user_name_for(const Client& client, std::string_view user_name)
{
    return client.pairwise_salt.empty() ? user_name : std::string_view();
}

std::optional<std::string> sector_of(const Client& client)
{
    std::optional<std::string> sector;
    for (const auto& uri : client.redirect_uris) {
        const auto parsed = parse_absolute_uri(uri);
        if (!parsed)
            return std::nullopt;
        const std::string host(parsed->encoded_host().data(), parsed->encoded_host().size());
        if (host.empty() || (sector && *sector != host))
            return std::nullopt;
        sector = host;
    }
    return sector;
}

std::string sid_for(std::string_view client_id, std::string_view session_id)
{
    return base64url_encode(hmac_sha256(session_id, "stile sid " + std::string(client_id))).substr(0, 22);
}

} // namespace stile
