#include "shared/endpoint/csrf.h"

#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "shared/endpoint/browser_cookies.h"

namespace stile {

std::string form_token(std::string_view form, const OwnRequest& own, const LiveSession* session)
{
    std::string message = "stile form ";
    message.append(form).append(" ").append(own.id());
    if (session != nullptr)
        message.append(" ").append(sha256_base64url(session->m_secret.reveal()));
    return base64url_encode(hmac_sha256(own.m_secret.reveal(), message));
}

std::optional<std::string> form_token(std::string_view form, const Request& request, const Context& context)
{
    const auto cookie = find_cookie(session_cookie, request, context);
    if (!cookie)
        return std::nullopt;
    return base64url_encode(hmac_sha256(cookie->secret().reveal(), "stile form " + std::string(form)));
}

} // namespace stile
