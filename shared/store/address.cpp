#include "shared/store/address.h"

#include "shared/base/text.h"
#include "shared/base/uri.h"

namespace stile {

namespace urls = boost::urls;

namespace {

std::optional<RedisAddress> unix_address(const urls::url_view& url)
{
    RedisAddress address;
    address.socket = url.path();
    for (const auto parameter : url.params()) {
        if (parameter.key == "db") {
            const auto database = parse_number<int>(parameter.value);
            if (!database || *database < 0)
                return std::nullopt;
            address.database = *database;
        } else if (parameter.key == "user") {
            address.user = parameter.value;
        } else if (parameter.key == "password") {
            address.password = Secret(parameter.value);
        } else {
            return std::nullopt;
        }
    }
    if (!address.socket.starts_with('/') || !url.encoded_authority().empty() || url.has_fragment())
        return std::nullopt;
    return address;
}

std::optional<RedisAddress> tcp_address(const urls::url_view& url)
{
    RedisAddress address;
    address.host = url.host_address();
    address.user = url.user();
    address.password = Secret(url.password());
    if (url.has_port())
        address.port = url.port_number();
    std::string database = url.path();
    if (database == "/")
        database.clear();
    if (!database.empty()) {
        const auto number = parse_number<int>(std::string_view(database).substr(1));
        if (!number || *number < 0)
            return std::nullopt;
        address.database = *number;
    }
    if (address.host.empty() || address.port == 0 || url.has_query() || url.has_fragment())
        return std::nullopt;
    return address;
}

} // namespace

std::optional<RedisAddress> parse_redis_address(std::string_view text)
{
    const auto url = parse_absolute_uri(text);
    if (!url)
        return std::nullopt;
    std::optional<RedisAddress> address;
    if (url->scheme() == "unix")
        address = unix_address(*url);
    else if (url->scheme() == "redis")
        address = tcp_address(*url);
    // They become C strings, which a NUL ("%00") would truncate.
    if (address && (address->socket + address->host).contains('\0'))
        return std::nullopt;
    return address;
}

} // namespace stile
