#include "shared/endpoint/parked_request.h"

#include "shared/crypto/digest.h"
#include "shared/endpoint/browser_cookies.h"

namespace stile {

namespace {

constexpr std::size_t secret_length = 24; // 142 bits
constexpr std::size_t max_parked_requests = 16; // per browser

// The Set-Cookie values that delete the oldest request cookies of a browser that has too many.
std::vector<std::string> delete_oldest(const Request& request, CookieScope scope)
{
    const auto prefix = cookie_name(request_cookie, scope);
    std::vector<std::string_view> ids;
    for (const auto& [name, value] : parse_cookies(request.cookie))
        if (name.starts_with(prefix) && is_grant_id(name.substr(prefix.size())))
            ids.push_back(name.substr(prefix.size()));
    std::vector<std::string> headers;
    for (std::size_t i = 0; i + max_parked_requests <= ids.size(); ++i)
        headers.push_back(set_cookie(std::string(request_cookie).append(ids[i]), "", 0, scope));
    return headers;
}

} // namespace

Result<std::vector<std::string>> park_request(const std::string& id, const AuthorizationRequest& authorization_request,
                                              const Request& request, Context& context)
{
    const Secret secret(context.random.base62(secret_length));
    const Seconds lifetime = context.settings.lifetimes.request;
    TRY(context.requests.park({id, authorization_request, sha256_base64url(secret.reveal())}, context.clock.now(),
                              lifetime));
    const auto scope = cookie_scope(context.settings);
    auto headers = delete_oldest(request, scope);
    headers.push_back(set_cookie(std::string(request_cookie).append(id), secret.reveal(), lifetime, scope));
    return headers;
}

Result<std::optional<OwnRequest>> find_own_request(std::string_view id, const Request& request, Context& context)
{
    if (!is_grant_id(id))
        return std::nullopt;
    const auto name = cookie_name(std::string(request_cookie).append(id), cookie_scope(context.settings));
    const auto value = cookie_value(request, name);
    if (value.size() != secret_length)
        return std::nullopt;
    auto parked = TRY(context.requests.find(id));
    if (!parked || !equal_in_constant_time(parked->secret_sha256, sha256_base64url(value)))
        return std::nullopt;
    return OwnRequest(std::move(*parked), Secret(std::string(value)));
}

SplitToken OwnRequest::code() const
{
    // base62_from() skips some bytes; two blocks are far more than it needs.
    const std::string bytes =
        hmac_sha256(m_secret.reveal(), "stile code 1") + hmac_sha256(m_secret.reveal(), "stile code 2");
    const auto tail = base62_from({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()},
                                  code_length - grant_id_length);
    return SplitToken::of(id(), Secret(tail));
}

} // namespace stile
