#include "shared/crypto/password.h"

#include "shared/base/text.h"
#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "shared/engine/loop.h"

#include <argon2.h>

#include <new>
#include <stdexcept>

namespace stile {

namespace {

constexpr std::uint32_t memory_kibibytes = 19 * 1024;
constexpr std::uint32_t passes = 2;
constexpr std::uint32_t lanes = 1;
constexpr std::size_t salt_length = 16;
constexpr std::size_t hash_length = 32;

constexpr std::string_view slow_prefix = "$argon2id$";

// The hash of a random value under the parameters above, for verify_in_vain().
constexpr const char* unknown_user_hash =
    "$argon2id$v=19$m=19456,t=2,p=1$c3RpbGUtbm9ib2R5LTAwMQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

std::string fast_digest(std::string_view salt, const Secret& secret)
{
    return base64url_encode(hmac_sha256(salt, secret.reveal()));
}

// Base64 without padding (PHC string format) of at least this many bytes.
bool is_base64_of(std::string_view text, std::size_t least)
{
    return all_of(text, [](char c) { return is_base62(c) || c == '+' || c == '/'; }) && text.size() % 4 != 1
           && text.size() * 3 / 4 >= least && text.size() <= 128;
}

// "m=19456": the number, if it is within the bounds.
bool is_parameter(std::string_view text, std::string_view name, std::uint32_t least, std::uint32_t most)
{
    if (!text.starts_with(name))
        return false;
    const auto number = parse_number<std::uint32_t>(text.substr(name.size()));
    return number && *number >= least && *number <= most;
}

bool is_argon2id(const std::vector<std::string_view>& parts) // "", "argon2id", "v=19", parameters, salt, hash
{
    // RFC 9106 §4, its second choice for memory and lanes: a login must not take more, and the time that it takes would
    // tell which names are users' (verify_in_vain).
    constexpr std::uint32_t most_memory = 64 * 1024; // KiB
    if (parts.size() != 6 || parts[2] != "v=19")
        return false;
    const auto parameters = split(parts[3], ',');
    return parameters.size() == 3 && is_parameter(parameters[0], "m=", 8, most_memory)
           && is_parameter(parameters[1], "t=", 1, 10) && is_parameter(parameters[2], "p=", 1, 4)
           && is_base64_of(parts[4], 8) && is_base64_of(parts[5], 12); // the minimum of Argon2
}

} // namespace

std::string hash_password(const Secret& password, Random& random)
{
    std::string salt(salt_length, '\0');
    random.fill({reinterpret_cast<unsigned char*>(salt.data()), salt.size()});
    std::string encoded(argon2_encodedlen(passes, memory_kibibytes, lanes, salt_length, hash_length, Argon2_id), '\0');
    const auto bytes = password.reveal();
    const int status = argon2id_hash_encoded(passes, memory_kibibytes, lanes, bytes.data(), bytes.size(), salt.data(),
                                             salt.size(), hash_length, encoded.data(), encoded.size());
    if (status != ARGON2_OK)
        throw std::runtime_error(argon2_error_message(status));
    encoded.erase(encoded.find('\0'));
    return encoded;
}

std::string hash_generated_secret(const Secret& secret, Random& random)
{
    const std::string salt = random.base62(22); // 131 bits
    return "$sha256$" + salt + "$" + fast_digest(salt, secret);
}

bool is_slow_hash(std::string_view hash)
{
    return hash.starts_with(slow_prefix);
}

bool is_secret_hash(std::string_view hash)
{
    if (!hash.starts_with('$'))
        return false;
    const auto parts = split(hash, '$');
    if (is_slow_hash(hash))
        return is_argon2id(parts);
    const std::string_view alphabet = "-_";
    return parts.size() == 4 && parts[1] == "sha256" && parts[2].size() >= 22 && all_of(parts[2], is_base62)
           && parts[3].size() == 43 && all_of(parts[3], [&](char c) { return is_base62(c) || alphabet.contains(c); });
}

bool verify_password(const Secret& presented, const std::string& hash)
{
    const auto bytes = presented.reveal();
    if (is_slow_hash(hash)) {
        int status = ARGON2_OK;
        run_aside([&] { status = argon2id_verify(hash.c_str(), bytes.data(), bytes.size()); });
        if (status == ARGON2_MEMORY_ALLOCATION_ERROR)
            throw std::bad_alloc();
        return status == ARGON2_OK;
    }
    const auto parts = split(hash, '$'); // "", "sha256", salt, digest
    return parts.size() == 4 && parts[1] == "sha256" && !parts[2].empty()
           && equal_in_constant_time(fast_digest(parts[2], presented), parts[3]);
}

bool verify_in_vain(const Secret& presented)
{
    verify_password(presented, unknown_user_hash);
    return false;
}

} // namespace stile
