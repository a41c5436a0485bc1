#include "shared/crypto/jws.h"

#include "shared/base/strict_json.h"
#include "shared/crypto/base64.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace stile {

namespace {

struct Parts {
    JwsHeader header;
    std::string payload;
    std::string_view signing_input; // header.payload, byte for byte from the text: RFC 7515 §5.2 step 8
    std::string signature;
};

// An optional header member that must be text (RFC 7515 §4.1.4, §4.1.9).
Expected<std::string, JwsError> text_or_nothing(const nlohmann::json& header, std::string_view name)
{
    const auto found = header.find(name);
    if (found == header.end())
        return std::string();
    if (!found->is_string())
        return std::unexpected(JwsError::malformed);
    return found->get<std::string>();
}

Expected<JwsHeader, JwsError> read_header(std::string_view text)
{
    const auto header = parse_strict_object(text); // RFC 7515 §5.2 steps 3 and 4: a JSON object, no repeated member
    if (!header)
        return std::unexpected(JwsError::malformed);
    // RFC 7515 §4.1.11: a recipient that does not understand an extension refuses; RFC 7797 §6: b64 is invalid without
    // crit.
    if (header->contains("crit") || header->contains("b64"))
        return std::unexpected(JwsError::critical_header);
    auto alg = TRY(text_or_nothing(*header, "alg")); // RFC 7515 §4.1.1
    const auto algorithm = parse_jws_algorithm(alg);
    if (!algorithm) // RFC 7518 §3.6: "none" is not an algorithm of Stile
        return std::unexpected(header->contains("alg") ? JwsError::wrong_algorithm : JwsError::malformed);
    auto typ = TRY(text_or_nothing(*header, "typ"));
    auto kid = TRY(text_or_nothing(*header, "kid"));
    return JwsHeader{*algorithm, std::move(typ), std::move(kid)};
}

// RFC 7515 §5.2 steps 1 to 7.
Expected<Parts, JwsError> take_apart(std::string_view compact)
{
    if (compact.size() > jose_size_limit)
        return std::unexpected(JwsError::too_large);
    const auto first = compact.find('.');
    const auto last = compact.rfind('.');
    // A third dot would be in the payload, and base64url has none.
    if (first == last)
        return std::unexpected(JwsError::malformed);
    const auto header = base64url_decode(compact.substr(0, first));
    auto payload = base64url_decode(compact.substr(first + 1, last - first - 1));
    auto signature = base64url_decode(compact.substr(last + 1));
    if (!header || !payload || !signature)
        return std::unexpected(JwsError::malformed);
    auto read = TRY(read_header(*header));
    return Parts{std::move(read), std::move(*payload), compact.substr(0, last), std::move(*signature)};
}

Expected<Jws, JwsError> verify_parts(Parts parts, const Jwk& key)
{
    // RFC 8725 §3.1, §3.2: the key has one algorithm and no header changes it.
    if (parts.header.algorithm != key.algorithm())
        return std::unexpected(JwsError::wrong_algorithm);
    if (!key.verify(parts.signing_input, parts.signature)) // RFC 7515 §5.2 step 8
        return std::unexpected(JwsError::bad_signature);
    return Jws{std::move(parts.header), std::move(parts.payload)};
}

} // namespace

std::string_view to_string(JwsError error)
{
    switch (error) {
    case JwsError::too_large: return "over 16 kB";
    case JwsError::malformed: return "not a JWS in compact form";
    case JwsError::critical_header: return "crit or b64 in the header";
    case JwsError::wrong_algorithm: return "an alg that is not allowed";
    case JwsError::unknown_key: return "no key for it";
    case JwsError::bad_signature: return "the signature does not verify";
    }
    return "not a JWS";
}

Expected<std::string, JwsError> sign_jws(std::string_view payload, std::string_view typ, const SigningKey& key)
{
    if (payload.size() > jose_size_limit)
        return std::unexpected(JwsError::too_large);
    nlohmann::ordered_json header = {{"alg", to_string(key.algorithm())}};
    if (!typ.empty())
        header["typ"] = typ;
    if (!key.kid().empty())
        header["kid"] = key.kid();
    // RFC 7515 §5.1
    std::string compact = base64url_encode(header.dump()) + '.' + base64url_encode(payload);
    compact += '.' + base64url_encode(key.sign(compact));
    if (compact.size() > jose_size_limit)
        return std::unexpected(JwsError::too_large);
    return compact;
}

Expected<Jws, JwsError> verify_jws(std::string_view compact, const Jwk& key)
{
    return verify_parts(TRY(take_apart(compact)), key);
}

Expected<Jws, JwsError> verify_jws(std::string_view compact, const JwkSet& keys, std::span<const JwsAlgorithm> allowed)
{
    auto parts = TRY(take_apart(compact));
    if (std::ranges::find(allowed, parts.header.algorithm) == allowed.end())
        return std::unexpected(JwsError::wrong_algorithm);
    const Jwk* const key = keys.find(parts.header.algorithm, parts.header.kid);
    if (key == nullptr)
        return std::unexpected(JwsError::unknown_key);
    return verify_parts(std::move(parts), *key);
}

Expected<JwsHeader, JwsError> read_jws_header(std::string_view compact)
{
    auto parts = TRY(take_apart(compact));
    return std::move(parts.header);
}

} // namespace stile
