// Compact JWS (shared/crypto/jws) and the access tokens made of them (shared/oauth/access_token_jwt).
#include "shared/crypto/jws.h"
#include "shared/crypto/base64.h"
#include "shared/oauth/access_token_jwt.h"
#include "tests/fuzz/support/fuzz.h"

#include <algorithm>

namespace stile::fuzz {

namespace {

constexpr Seconds now = 1'700'000'000;
constexpr std::string_view issuer = "https://id.example";

const SigningKey& hs256_key()
{
    static const auto key = SigningKey::from_shared_secret(Secret("0123456789abcdef0123456789abcdef")).value();
    return key;
}

// RFC 8037 appendix A.1
const SigningKey& eddsa_key()
{
    static const auto key =
        SigningKey::from_json(
            Secret(R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
                   R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"))
            .value();
    return key;
}

const JwkSet& keys()
{
    static const JwkSet set({hs256_key().public_key(), eddsa_key().public_key()});
    return set;
}

// A JWS is accepted only with its key, and no byte of it may change.
void check_accepted(std::string_view input, const Jws& jws)
{
    HOLDS(input.size() <= jose_size_limit && std::ranges::count(input, '.') == 2);
    HOLDS(jws.header.algorithm == JwsAlgorithm::hs256 || jws.header.algorithm == JwsAlgorithm::eddsa);
    const auto& key = jws.header.algorithm == JwsAlgorithm::hs256 ? hs256_key() : eddsa_key();
    const auto signing_input = input.substr(0, input.rfind('.'));
    HOLDS(input.substr(input.rfind('.') + 1) == base64url_encode(key.sign(signing_input)));
}

// The input as the payload of a token that we signed ourselves: read back as it was, and judged as claims.
void check_signed(std::string_view payload)
{
    for (const auto* key : {&hs256_key(), &eddsa_key()}) {
        const auto compact = sign_jws(payload, key == &hs256_key() ? "JWT" : "at+jwt", *key);
        if (!compact)
            return HOLDS(payload.size() > jose_size_limit / 2);
        const auto jws = verify_jws(*compact, keys(), jws_algorithms).value();
        HOLDS(jws.payload == payload && jws.header.algorithm == key->algorithm());
        HOLDS(is_signed_token(*compact));
        const auto claims = read_access_token(*compact, keys(), issuer, now);
        if (claims)
            HOLDS(claims->issuer == issuer && claims->expires_at > now && !claims->token_id.empty()
                  && (!claims->audience.empty() || !is_proof(claims->algorithm)));
    }
}

// The input as the header: whatever it says, only what the key is for verifies.
void check_header(std::string_view header)
{
    const auto signing_input = base64url_encode(header) + "." + base64url_encode("{}");
    const auto compact = signing_input + "." + base64url_encode(hs256_key().sign(signing_input));
    const auto jws = verify_jws(compact, keys(), jws_algorithms);
    const auto read = read_jws_header(compact);
    if (jws)
        HOLDS(jws->header.algorithm == JwsAlgorithm::hs256 && read.has_value());
    if (read && read->algorithm == JwsAlgorithm::hs256 && read->kid.empty())
        HOLDS(jws.has_value());
}

} // namespace

void fuzz(std::string_view input)
{
    const auto jws = verify_jws(input, keys(), jws_algorithms);
    if (jws)
        check_accepted(input, *jws);
    else
        HOLDS(!to_string(jws.error()).empty());
    check_signed(input);
    check_header(input);
}

} // namespace stile::fuzz
