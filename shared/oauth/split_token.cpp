#include "shared/oauth/split_token.h"

#include "shared/base/text.h"
#include "shared/crypto/digest.h"

namespace stile {

bool is_grant_id(std::string_view text)
{
    return text.size() == grant_id_length && all_of(text, is_base62);
}

SplitToken::SplitToken(std::string grant_id, std::string selector, Secret secret)
    : m_grant_id(std::move(grant_id)),
      m_selector(std::move(selector)),
      m_secret(std::move(secret))
{
}

std::optional<SplitToken> SplitToken::parse(std::string_view text, std::size_t length)
{
    if (text.size() != length || !all_of(text, is_base62))
        return std::nullopt;
    return of(text.substr(0, grant_id_length), Secret(std::string(text.substr(grant_id_length))));
}

SplitToken SplitToken::mint(std::string_view grant_id, std::size_t length, Random& random)
{
    return of(grant_id, Secret(random.base62(length - grant_id_length)));
}

SplitToken SplitToken::of(std::string_view grant_id, const Secret& tail)
{
    const auto text = tail.reveal();
    return {std::string(grant_id), std::string(text.substr(0, selector_length)),
            Secret(std::string(text.substr(selector_length)))};
}

std::string SplitToken::secret_sha256() const
{
    return m_secret.empty() ? std::string() : sha256_base64url(m_secret.reveal());
}

Secret SplitToken::whole() const
{
    return Secret(m_grant_id + m_selector + std::string(m_secret.reveal()));
}

TokenPair TokenPair::mint(std::string_view grant_id, bool with_refresh, Random& random)
{
    auto access = SplitToken::mint(grant_id, access_token_length, random);
    std::optional<SplitToken> refresh;
    if (with_refresh)
        refresh = SplitToken::mint(grant_id, refresh_token_length, random);
    return {std::move(access), std::move(refresh)};
}

} // namespace stile
